# Two stages: build the wheel; run it as a user without rights.
FROM python:3.11-slim-bookworm AS build
WORKDIR /source
COPY . .
RUN pip install --no-cache-dir build hatchling && python -m build --wheel --no-isolation --outdir /wheel

FROM python:3.11-slim-bookworm
RUN apt-get update \
 && apt-get install -y --no-install-recommends libpangoft2-1.0-0 libharfbuzz-subset0 fonts-dejavu-core \
 && rm -rf /var/lib/apt/lists/*
COPY constraints.txt /tmp/constraints.txt
COPY --from=build /wheel /tmp/wheel
# An index of CPU builds of torch may be named here; the pin in constraints.txt keeps the version.
ARG PIP_ARGS=""
RUN pip install --no-cache-dir ${PIP_ARGS} -c /tmp/constraints.txt /tmp/wheel/*.whl && rm -r /tmp/wheel
RUN useradd --system --create-home --uid 10001 afterword && install -d -o afterword -g afterword /data
USER afterword
WORKDIR /data
ENV AFTERWORD_DATA_DIR=/data HF_HUB_OFFLINE=1 TOKENIZERS_PARALLELISM=false PYTHONUNBUFFERED=1
VOLUME /data
EXPOSE 8000
HEALTHCHECK CMD ["python", "-c", "import urllib.request as u; u.urlopen('http://127.0.0.1:8000/healthz', timeout=3)"]
# Plain http on all addresses of the container: put a proxy with https in front of it.
ENTRYPOINT ["afterword"]
CMD ["serve", "--host", "0.0.0.0", "--port", "8000"]
