"""HTTP and JSON to protobuf messages and back, by the google.api.http rules of any services."""
