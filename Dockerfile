FROM node:24.22-bookworm-slim AS build
WORKDIR /app
RUN apt-get update \
  && apt-get install -y --no-install-recommends python3 make g++ \
  && rm -rf /var/lib/apt/lists/*
COPY package.json package-lock.json .npmrc ./
RUN npm ci
COPY nest-cli.json tsconfig.json tsconfig.build.json ./
COPY src ./src
COPY docs ./docs
# TypeScript stays as an optional peer of @nestjs/swagger, which needs it in the compiler only.
RUN npm run build && npm prune --omit=dev --omit=peer && rm -rf node_modules/typescript \
  && find dist node_modules -name '*.map' -delete \
  && find node_modules/argon2/prebuilds -name '*.node' ! -path "*/linux-$(node -p process.arch)/*.glibc.node" -delete
# The prebuilt binary of argon2 uses SSE2. Compiled for AVX2, a hash takes half the time; a processor without it gets the
# prebuilt one at start. On arm64 compiling gains nothing. The image holds the headers of Node.js: nothing is downloaded.
RUN if [ "$(dpkg --print-architecture)" = amd64 ]; then node dist/commands/compile-argon2.js x86-64-v3; fi

FROM node:24.22-bookworm-slim
LABEL org.opencontainers.image.title="Stagedoor" \
  org.opencontainers.image.description="Accounts, sessions, API keys and the artist roster behind music apps" \
  org.opencontainers.image.licenses="MIT" \
  org.opencontainers.image.base.name="docker.io/library/node:24.22-bookworm-slim"
WORKDIR /app
ENV NODE_ENV=production HOST=0.0.0.0 PORT=3000 DATA_DIR=/data
RUN mkdir /data && chown 1000:1000 /data
VOLUME /data
COPY --from=build /app/node_modules ./node_modules
COPY --from=build /app/dist ./dist
COPY package.json ./
ARG BUILD_COMMIT=unknown
ENV BUILD_COMMIT=$BUILD_COMMIT
LABEL org.opencontainers.image.revision=$BUILD_COMMIT
# The user "node" of the base image, by number: Kubernetes can verify that a number is not root.
USER 1000:1000
EXPOSE 3000
# By bash: a Node.js that starts for each check takes 40 MB, and ten times as long.
HEALTHCHECK --interval=10s --timeout=3s --start-period=30s --retries=3 \
  CMD ["bash", "-c", "exec 3<>/dev/tcp/127.0.0.1/$PORT && printf 'GET /health/live HTTP/1.0\\r\\n\\r\\n' >&3 && read -r _ status _ <&3 && [ \"$status\" = 200 ]"]
# The flag bounds the garbage that V8 keeps.
CMD ["node", "--max-semi-space-size=4", "dist/start.cjs"]
