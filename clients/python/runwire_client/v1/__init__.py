"""Generated from the protos by `make gen`; never edited."""
