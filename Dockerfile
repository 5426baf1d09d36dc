# Built where the tools are, each file checked against its hash; run from a small image as nobody special.
FROM python:3.13-slim AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1 PATH=/opt/concierge/bin:$PATH
RUN python -m venv /opt/concierge
WORKDIR /src
COPY requirements-image.lock ./
RUN pip install --require-hashes --only-binary=:all: -r requirements-image.lock
COPY pyproject.toml README.md LICENSE ./
COPY app ./app
COPY bot ./bot
COPY domain ./domain
COPY handlers ./handlers
COPY integrations ./integrations
COPY sandbox ./sandbox
COPY scheduler ./scheduler
COPY storage ./storage
COPY web ./web
RUN pip install --no-deps --no-build-isolation .

FROM python:3.13-slim
ENV PATH=/opt/concierge/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    MPLCONFIGDIR=/tmp/matplotlib
RUN useradd --system --uid 10001 --home-dir /srv/concierge --shell /usr/sbin/nologin concierge \
 && install -d -o concierge -g concierge /srv/concierge /srv/concierge/var
COPY --from=build /opt/concierge /opt/concierge
# The settings lie here as concierge.toml; what lasts (SQLite, attachments) lies in var.
WORKDIR /srv/concierge
USER concierge
VOLUME /srv/concierge/var
EXPOSE 8080
HEALTHCHECK --interval=15s --timeout=5s --start-period=60s --retries=4 \
    CMD ["python", "-c", "import urllib.request as r; r.urlopen('http://127.0.0.1:8080/healthz', timeout=4)"]
ENTRYPOINT ["concierge"]
CMD ["run"]
