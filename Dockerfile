# Dependencies first, each checked against its hash; then a small image that runs as nobody special.
FROM python:3.13-slim AS dependencies
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
RUN python -m venv /opt/concierge
COPY requirements.lock /tmp/requirements.lock
RUN /opt/concierge/bin/pip install --require-hashes --only-binary=:all: -r /tmp/requirements.lock

FROM python:3.13-slim
ENV PATH=/opt/concierge/bin:$PATH \
    PYTHONPATH=/opt/concierge/app \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    MPLCONFIGDIR=/tmp/matplotlib
RUN useradd --system --uid 10001 --home-dir /srv/concierge --shell /usr/sbin/nologin concierge \
 && install -d -o concierge -g concierge /srv/concierge /srv/concierge/var
COPY --from=dependencies /opt/concierge /opt/concierge
COPY app /opt/concierge/app/app
COPY bot /opt/concierge/app/bot
COPY domain /opt/concierge/app/domain
COPY handlers /opt/concierge/app/handlers
COPY integrations /opt/concierge/app/integrations
COPY sandbox /opt/concierge/app/sandbox
COPY scheduler /opt/concierge/app/scheduler
COPY storage /opt/concierge/app/storage
COPY web /opt/concierge/app/web
COPY LICENSE README.md /opt/concierge/
# The settings lie here as concierge.toml; what lasts (SQLite, attachments) lies in var.
WORKDIR /srv/concierge
USER concierge
VOLUME /srv/concierge/var
EXPOSE 8080
HEALTHCHECK --interval=15s --timeout=5s --start-period=60s --retries=4 \
    CMD ["python", "-c", "import urllib.request as r; r.urlopen('http://127.0.0.1:8080/healthz', timeout=4)"]
ENTRYPOINT ["python", "-m", "app"]
CMD ["run"]
