# syntax=docker/dockerfile:1
# The console alone: no sandbox, no tools, no package manager's cache. docs/operate.md says how it is run.

# The browser files come from npm; each is taken only with the hash that we know.
FROM python:3.13-slim AS browser
WORKDIR /build
COPY package.json package-lock.json requirements-node.txt ./
COPY tools/install.py tools/vendor.py tools/
RUN python tools/install.py venv \
 && .venv/bin/python tools/install.py npm ci --omit=dev --ignore-scripts \
 && python tools/vendor.py

# What the console imports, in an environment of its own; nothing is compiled, and pip stays behind. The packages for traces
# are among it, so that each setting can be used; without theirs, nothing of them is loaded.
FROM python:3.13-slim AS python
WORKDIR /app
COPY requirements-tracing.txt ./
RUN python -m venv --without-pip .venv \
 && pip --python .venv/bin/python install --no-cache-dir --require-hashes --only-binary :all: -r requirements-tracing.txt
COPY tools/translations.py tools/
COPY webapp/translations webapp/translations
RUN .venv/bin/python tools/translations.py compile

FROM python:3.13-slim
WORKDIR /app
# The one place that may be written to, for a history in SQLite: a volume, as the root may be read-only.
RUN useradd --system --uid 10001 --no-create-home --shell /usr/sbin/nologin console \
 && install --directory --owner=console /app/instance
COPY --from=python /app/.venv .venv
COPY --from=python /app/webapp/translations webapp/translations
COPY --from=browser /build/static/vendor static/vendor
COPY gunicorn.conf.py wsgi.py ./
COPY static static
COPY templates templates
COPY webapp webapp
RUN python -m compileall -q webapp wsgi.py
ENV PATH=/app/.venv/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    HOST=0.0.0.0 \
    PORT=8000
USER 10001
EXPOSE 8000
# Whether Stytch and the database answer is no reason to start anew.
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s CMD ["python", "-c", "import http.client, os; ask = http.client.HTTPConnection('127.0.0.1', int(os.environ['PORT']), timeout=4); ask.request('GET', '/healthz'); raise SystemExit(ask.getresponse().status != 200)"]
CMD ["gunicorn", "wsgi:app"]
