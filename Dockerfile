# Two stages: the first has a compiler, the second has the binary and nothing that it does not need.

FROM rust:1.95-slim-bookworm AS build
WORKDIR /src
COPY Cargo.toml Cargo.lock ./
COPY benches benches
COPY migrations migrations
COPY src src
COPY static static
COPY templates templates
RUN --mount=type=cache,target=/usr/local/cargo/registry \
    --mount=type=cache,target=/src/target \
    cargo build --release --locked --bin rolecall \
    && install -D -m 0755 target/release/rolecall /out/usr/local/bin/rolecall \
    && install -d -m 0700 -o 10001 -g 10001 /out/data

FROM debian:bookworm-slim
COPY --from=build /out /
COPY LICENSE /usr/share/doc/rolecall/LICENSE
# A number, so that an orchestrator can see that it is not root. The binary needs no entry in /etc/passwd.
USER 10001:10001
WORKDIR /data
VOLUME /data
ENV DATA_DIR=/data LISTEN=0.0.0.0:8080
EXPOSE 8080
STOPSIGNAL SIGTERM
# The image has no curl: the binary asks its own server.
HEALTHCHECK --interval=30s --timeout=5s --start-period=30s --retries=3 CMD ["rolecall", "healthcheck"]
ENTRYPOINT ["rolecall"]
