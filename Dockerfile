# seasonproof as a container:
#   docker build -t seasonproof .
#   docker run --rm --user "$(id -u):$(id -g)" --read-only --tmpfs /tmp -v "$PWD:/data" \
#     seasonproof run --profile winter26 --target acme.yaml
# The date in pyproject.toml pins what is installed. Pin the base to its digest where you build:
#   --build-arg PYTHON=python:3.13.9-slim-trixie@sha256:…
ARG PYTHON=python:3.13.9-slim-trixie

FROM ${PYTHON} AS build
ARG VERSION=0.1.0
ENV SETUPTOOLS_SCM_PRETEND_VERSION=$VERSION UV_LINK_MODE=copy UV_PYTHON_DOWNLOADS=never
RUN pip install --no-cache-dir uv==0.9.13
WORKDIR /src
COPY pyproject.toml README.md LICENSE ./
COPY conformance conformance
COPY proxy_addons proxy_addons
COPY profiles profiles
COPY reports/allurerc.yaml reports/allurerc.yaml
RUN uv venv --python python3 /opt/seasonproof
RUN uv pip install --python /opt/seasonproof/bin/python --compile-bytecode ".[aws,fleet]" pytest-xdist

FROM ${PYTHON}
COPY --from=build /opt/seasonproof /opt/seasonproof
# Nothing is written outside /data, where the journal of a run is kept too, and /tmp.
ENV PATH=/opt/seasonproof/bin:$PATH PYTHONDONTWRITEBYTECODE=1 HOME=/tmp XDG_STATE_HOME=/data/.state
WORKDIR /data
USER 65532:65532
ENTRYPOINT ["seasonproof"]
CMD ["--help"]
