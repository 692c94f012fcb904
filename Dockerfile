# A service that colours pictures: docker build -t chromafield . && docker compose up
# On Linux, torch without graphics cards is a tenth of the size; name the index that has it:
#   docker build --build-arg TORCH_INDEX=https://... -t chromafield .
FROM python:3.11-slim AS build
ARG TORCH_INDEX=""
ARG EXTRAS="serve,remote"
WORKDIR /build
COPY pyproject.toml README.md LICENSE ./
COPY src src
RUN python -m venv /opt/chromafield \
 && /opt/chromafield/bin/pip install --no-cache-dir ${TORCH_INDEX:+--index-url "$TORCH_INDEX"} "torch>=2.6,<2.14" \
 && /opt/chromafield/bin/pip install --no-cache-dir ".[${EXTRAS}]"

FROM python:3.11-slim
RUN useradd --create-home --uid 10001 chromafield
COPY --from=build /opt/chromafield /opt/chromafield
ENV PATH=/opt/chromafield/bin:$PATH \
    OMP_WAIT_POLICY=PASSIVE \
    PYTHONUNBUFFERED=1
USER 10001
WORKDIR /home/chromafield
EXPOSE 8715
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s \
  CMD ["python", "-c", "from urllib.request import urlopen; urlopen('http://127.0.0.1:8715/api/health', timeout=4)"]
STOPSIGNAL SIGTERM
ENTRYPOINT ["chromafield"]
CMD ["serve", "--host", "0.0.0.0"]
