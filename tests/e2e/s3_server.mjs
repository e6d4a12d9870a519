// An S3 server that verifies signatures with Amazon's own library: a request counts as signed if @smithy/signature-v4,
// given the same request, comes to the same signature. Started by test_s3.py in the folder that has the library; its
// settings come on standard input as JSON, it prints its port. Keys may be asked for by path or by virtual host.
import http from "node:http";
import { createRequire } from "node:module";

const require = createRequire(`${process.cwd()}/`);
const { SignatureV4 } = require("@smithy/signature-v4");
const { Sha256 } = require("@aws-crypto/sha256-js");

const PAGE = 2;
const VIRTUAL_HOST = /^(.+)\.s3[.-][a-z0-9-]+\.amazonaws\.com$/;
const EMPTY = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

const chunks = [];
for await (const chunk of process.stdin) chunks.push(chunk);
const settings = JSON.parse(Buffer.concat(chunks));
const objects = new Map(Object.entries(settings.objects).map(([name, text]) => [name, Buffer.from(text, "base64")]));
const requests = [];
const broken = new Set();

const escape = (text) => encodeURIComponent(text).replace(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`);

function parse(request) {
  const [rawPath, rawQuery = ""] = request.url.split("?");
  const parts = rawPath.split("/").map(decodeURIComponent);
  const hostname = request.headers.host.replace(/:\d+$/, "");
  const virtual = VIRTUAL_HOST.exec(hostname);
  const bucket = virtual ? virtual[1] : parts[1];
  const key = parts.slice(virtual ? 1 : 2).join("/");
  // As forms are not: "+" is a plus.
  const query = Object.fromEntries(rawQuery.split("&").filter(Boolean).map((pair) => {
    const [name, value = ""] = pair.split("=");
    return [decodeURIComponent(name), decodeURIComponent(value)];
  }));
  return { hostname, path: parts.map(escape).join("/"), query, bucket, key };
}

async function problemOf(request, { hostname, path, query }) {
  if (!settings.credentials) return "";
  const given = /^AWS4-HMAC-SHA256 Credential=([^,]+), *SignedHeaders=([^,]+), *Signature=([0-9a-f]{64})$/.exec(
    request.headers.authorization ?? "");
  if (!given) return "AccessDenied";
  const names = given[2].split(";");
  const token = settings.credentials.sessionToken;
  const needed = ["host", "x-amz-content-sha256", "x-amz-date", ...(token ? ["x-amz-security-token"] : [])];
  if (needed.some((name) => !names.includes(name))) return "SignedHeadersIncomplete";
  if ((request.headers["x-amz-security-token"] ?? "") !== (token ?? "")) return "InvalidToken";
  if (request.headers["x-amz-content-sha256"] !== EMPTY) return "XAmzContentSHA256Mismatch";
  const date = request.headers["x-amz-date"].replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, "$1-$2-$3T$4:$5:$6Z");
  if (Math.abs(new Date(date) - Date.now()) > 15 * 60_000) return "RequestTimeTooSkewed";
  const signer = new SignatureV4({ service: "s3", region: settings.region, credentials: settings.credentials, sha256: Sha256,
                                   uriEscapePath: false });
  const headers = Object.fromEntries(names.map((name) => [name, request.headers[name] ?? ""]));
  const signed = await signer.sign({ method: request.method, protocol: "http:", hostname, path, query, headers },
                                   { signingDate: new Date(date), signableHeaders: new Set(names) });
  return signed.headers.authorization.replaceAll(", ", ",") === given[0].replaceAll(", ", ",") ? "" : "SignatureDoesNotMatch";
}

const xml = (text) => text.replace(/[<>&"']/g, (c) => `&#${c.charCodeAt(0)};`).replace("&#38;", "&amp;");

function list(response, bucket, query) {
  const names = [...objects.keys()].filter((name) => name.startsWith(`${bucket}/${query.prefix}`)).sort();
  const start = Number((query["continuation-token"] ?? "0").split(" ")[0]);
  const token = start + PAGE < names.length ? `${start + PAGE} +/=&` : "";
  const contents = names.slice(start, start + PAGE).map((name) =>
    `<Contents><Key>${escape(name.slice(bucket.length + 1)).replaceAll("%2F", "/").replaceAll("%20", "+")}</Key>` +
    `<Size>${objects.get(name).length}</Size></Contents>`);
  response.end(`<?xml version="1.0"?><ListBucketResult><IsTruncated>${token !== ""}</IsTruncated>` +
    (token && `<NextContinuationToken>${xml(token)}</NextContinuationToken>`) +
    `<EncodingType>url</EncodingType>${contents.join("")}</ListBucketResult>`);
}

// The first answer for an object below "broken/" ends in its middle.
function send(request, response, name, body) {
  const from = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? "")?.[1] ?? 0);
  response.setHeader("ETag", '"1"');
  response.setHeader("Accept-Ranges", "bytes");
  if (from > 0) response.setHeader("Content-Range", `bytes ${from}-${body.length - 1}/${body.length}`);
  response.writeHead(from > 0 ? 206 : 200, { "Content-Length": body.length - from });
  if (name.includes("/broken/") && !broken.has(name)) {
    broken.add(name);
    response.write(body.subarray(0, body.length / 2), () => response.destroy());
  } else {
    response.end(body.subarray(from));
  }
}

const server = http.createServer(async (request, response) => {
  if (request.url === "/requests") return response.end(JSON.stringify(requests));
  const asked = parse(request);
  const problem = await problemOf(request, asked);
  requests.push({ bucket: asked.bucket, key: asked.key, host: asked.hostname, problem, range: request.headers.range ?? "" });
  if (problem) {
    response.statusCode = 403;
    return response.end(`<Error><Code>${problem}</Code></Error>`);
  }
  if (asked.query["list-type"] === "2") return list(response, asked.bucket, asked.query);
  const version = asked.query.versionId ? `?${asked.query.versionId}` : "";
  const name = `${asked.bucket}/${asked.key}${version}`;
  if (objects.has(name)) return send(request, response, name, objects.get(name));
  response.statusCode = 404;
  response.end("<Error><Code>NoSuchKey</Code></Error>");
});
server.listen(0, "127.0.0.1", () => console.log(server.address().port));
