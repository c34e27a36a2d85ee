# The three images of airship-images: `docker build --target operator|builder|server .`
# The secrets `pip.conf` and `ca-bundle` are optional: where the index or its certificate is not the default one.

FROM debian:trixie-slim AS operator
COPY requirements.lock /usr/local/lib/airship-images/requirements.lock
RUN --mount=type=secret,id=pip.conf,target=/etc/pip.conf \
    --mount=type=secret,id=ca-bundle,target=/run/secrets/ca-bundle \
    apt-get update \
    && apt-get install --yes --no-install-recommends ca-certificates python3 python3-venv \
    && python3 -m venv /opt/airship-images \
    && /opt/airship-images/bin/pip install --no-cache-dir --require-hashes -r /usr/local/lib/airship-images/requirements.lock \
    && rm -rf /var/lib/apt/lists/* /var/cache/apt/*
COPY operator /usr/local/lib/airship-images/operator
ENV PATH=/opt/airship-images/bin:/usr/bin:/bin PYTHONPATH=/usr/local/lib/airship-images/operator
ENV PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1
USER 65532:65532
WORKDIR /tmp
ENTRYPOINT ["python", "-m", "airship_images.controller"]

FROM debian:trixie-slim AS builder
COPY builder/packages.txt /usr/local/lib/airship-images/builder/packages.txt
RUN apt-get update \
    && xargs --arg-file=/usr/local/lib/airship-images/builder/packages.txt \
        apt-get install --yes --no-install-recommends \
    && rm -rf /var/lib/apt/lists/* /var/cache/apt/*
COPY operator/airship_images/__init__.py /usr/local/lib/airship-images/operator/airship_images/
COPY operator/airship_images/api /usr/local/lib/airship-images/operator/airship_images/api
COPY builder /usr/local/lib/airship-images/builder
ENV PYTHONPATH=/usr/local/lib/airship-images/operator:/usr/local/lib/airship-images/builder
ENV PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1
WORKDIR /tmp
ENTRYPOINT ["python3", "-m", "airship_builder"]

FROM debian:trixie-slim AS server
RUN apt-get update \
    && apt-get install --yes --no-install-recommends nginx-light \
    && rm -rf /var/lib/apt/lists/* /var/cache/apt/*
COPY server/nginx.conf /etc/nginx/nginx.conf
USER 65532:65532
EXPOSE 8080
ENTRYPOINT ["nginx", "-e", "stderr", "-g", "daemon off;"]
