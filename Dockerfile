# The server, its workers and the command line in one image.
#
#   docker build -t runwire .
#   docker run --read-only --tmpfs /tmp -v runwire:/data -p 50051:50051 -p 8080:8080 runwire serve --allow-remote
#
# Graphs of your own: FROM runwire, COPY them to /graphs, and `CMD ["serve", "/graphs/mine.py:graph"]`.
ARG PYTHON_IMAGE=docker.io/library/python:3.13-slim
ARG NODE_IMAGE=docker.io/library/node:24-slim

# Node is needed to build the dashboard, and by nothing after that.
FROM ${NODE_IMAGE} AS dashboard
WORKDIR /src
COPY clients/dashboard clients/dashboard
COPY docs/openapi.json docs/
RUN cd clients/dashboard && npm ci --no-audit --no-fund && npm run build

FROM ${PYTHON_IMAGE} AS build
WORKDIR /src
COPY pyproject.toml README.md LICENSE ./
COPY tools tools
COPY clients/python clients/python
COPY server server
COPY --from=dashboard /src/server/runwire/http/dashboard server/runwire/http/dashboard
RUN python3 -m venv /opt/runwire \
    && /opt/runwire/bin/pip install --no-cache-dir --disable-pip-version-check ./clients/python . \
    && /opt/runwire/bin/pip uninstall --yes --disable-pip-version-check pip

FROM ${PYTHON_IMAGE}
LABEL org.opencontainers.image.title="Runwire" \
      org.opencontainers.image.description="Hosts graphs and runs them durably" \
      org.opencontainers.image.licenses="Apache-2.0"
# A number, so that Kubernetes can see that it is not root.
RUN mkdir /data /graphs && chown 10001:10001 /data
COPY --from=build /opt/runwire /opt/runwire
ENV PATH=/opt/runwire/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    RUNWIRE_DATA_DIR=/data \
    RUNWIRE_GRPC_ADDRESS=0.0.0.0:50051 \
    RUNWIRE_HTTP_ADDRESS=0.0.0.0:8080 \
    RUNWIRE_LOG_FORMAT=json
USER 10001:10001
WORKDIR /graphs
VOLUME /data
EXPOSE 50051 8080
# SIGTERM drains: nothing that runs is lost.
STOPSIGNAL SIGTERM
ENTRYPOINT ["runwire"]
CMD ["serve"]
