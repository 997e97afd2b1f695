"""The worker's side of WorkerService: the ports that a worker needs, over gRPC."""
