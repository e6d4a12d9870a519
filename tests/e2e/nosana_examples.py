"""Job definitions in the manner of Nosana's own examples (facts/nosana.md section 5), written anew: those that are only to
be validated, and those that a validator has to refuse."""


def op(op_id, image="busybox:1", execution=None, results=None, kind="container/run", **args):
    out = {"type": kind, "id": op_id, "args": {"image": image, **args} if kind == "container/run" else args}
    if execution:
        out["execution"] = execution
    if results:
        out["results"] = results
    return out


def definition(*ops, trigger="cli", **more):
    return {"version": "0.1", "type": "container", "meta": {"trigger": trigger}, "ops": list(ops), **more}


def check(path="/", status=200, continuous=False, **more):
    return {"type": "http", "path": path, "method": "GET", "expected_status": status, "continuous": continuous, **more}


def service(op_id, image, port, **args):
    args.setdefault("cmd", [])
    return definition(op(op_id, image, gpu=True, expose=port, **args))


def with_resources(*resources):
    return definition(op("models", gpu=True, cmd=["ls", "-lh", "/data-models/"], resources=list(resources)))


MODELS = {"type": "S3", "url": "s3://nos-ai-models-qllsn32u/hugging-face/llama3.1/8b", "target": "/root/.cache/model"}
KEYS = {"REGION": "auto", "ACCESS_KEY_ID": "id", "SECRET_ACCESS_KEY": "key"}
PROXY = {"type": "S3", "url": "https://models.nosana.io/router", "target": "/entry"}

VALID = {
    "open-ai-chat-ui": service("chat", "ghcr.io/chat/ui:main", 3000, env={"OPENAI_API_HOST": "https://x.example"}),
    "kandinsky": service("kandinsky", "r8.im/x/kandinsky-2@sha256:" + "37" * 32, 5000),
    "open-webui": service("open-webui", "ghcr.io/open-webui/open-webui:main", 8080),
    "ollama": service("ollama", "docker.io/ollama/ollama", 11434, resources=[{"type": "Ollama", "model": "llama3:8b"}]),
    "vllm": service("VLLM-llama3.1", "docker.io/vllm/vllm-openai:v0.5.4", 8000, resources=[MODELS],
                    cmd=["--model", "/root/.cache/model", "--max-model-len", "2176"]),
    "auto": service("auto", "docker.io/x/stable-diffusion:main", 7860, cmd="./webui.sh --listen --port 7860",
                    resources=[MODELS]),
    "chat-bot": service("bot", "docker.io/x/bot:latest", [3000, {"port": 3001, "type": "api"}]),
    "nginx-multiple-expose": service("nginx", "nginx", [80]),
    "jupyter-notebook": service("jupyter", "docker.io/jupyter/base-notebook", 8888,
                                cmd="jupyter notebook --ip=0.0.0.0 --NotebookApp.token=''"),
    "stable-diffusion": definition(op("sd", "docker.io/x/sd:latest", gpu=True, cmd=["sh", "-c", "python main.py"],
                                      output="/nosana-ci/outputs")),
    "whisper": definition(op("whisper", "docker.io/x/whisper", gpu=True, cmd=["python openai-whisper.py -p hello.mp3"])),
    "llama2": {**definition(op("llama2", "docker.io/x/llama2:q8", gpu=True, cmd=["python3 llama2.py 'Why?'"],
                               results={"devices": {"regex": "Device [0-9]:", "logType": ["stderr"]}})),
               "version": "0.0.1"},
    "specs-and-network": definition(op("specs", "docker.io/x/stats", gpu=True, execution={"group": "node"}),
                                    op("network", "docker.io/x/stats", execution={"group": "net"}),
                                    op("disk", "docker.io/x/stats", execution={"group": "node"})),
    "confidential": {**definition(logistics={"send": {"type": "api-listen", "args": {}},
                                             "receive": {"type": "api-listen", "args": {}}})},
    "api-invalid": definition(logistics={"send": {"type": "api", "args": {"endpoint": "https://x.example/%%global.job%%"}},
                                         "receive": {"type": "api", "args": {"endpoint": "https://x.example/"}}}),
    "huggingface": with_resources({"type": "HF", "repo": "org/model", "target": "/data-models/"}),
    "huggingface-files": with_resources({"type": "HF", "repo": "org/model", "files": ["a.pth"], "revision": "main",
                                         "target": "/data-models/", "accessToken": "hf_x"}),
    "s3-base": with_resources({"type": "S3", "url": "https://models.nosana.io/test", "target": "/data-models/"}),
    "s3-bucket": with_resources({"type": "S3", "url": "https://x.r2.cloudflarestorage.com/set", "bucket": "set",
                                 "target": "/data-models/", "IAM": KEYS}),
    "s3-files": with_resources({"type": "S3", "url": "https://models.nosana.io/test", "files": ["a", "b/c"],
                                "target": "/data-models/"}),
    "s3-buckets": with_resources({"type": "S3", "buckets": [{"url": "https://models.nosana.io/a"},
                                                            {"url": "https://models.nosana.io/b", "files": ["c"]}],
                                  "target": "/data-models/"}),
    # A cluster of workers: what the first operation finds out fills in the others.
    "worker": definition(
        op("lobby", "x/lobby", cmd=["worker.js", "%%ops.inbound.endpoint.80%%", "%%ops.inbound.deployment_endpoint%%"],
           execution={"group": "lobby"}, results={"server": "(?<=server ).*", "me": "(?<=worker_id ).*"}),
        op("stack", "x/stack", gpu=True, aliases="%%ops.lobby.results.me%%",
           cmd=["--server-url", "http://server", "--worker-ip", "%%ops.lobby.results.me%%"],
           execution={"group": "run", "depends_on": ["inbound", "outbound"]}),
        op("inbound", "nginx", cmd=["%%ops.inbound.endpoint.80%%", "%%ops.stack.host%%"], expose=80, resources=[PROXY],
           entrypoint=["bash", "./entry/inbound.sh"], execution={"group": "run"}),
        op("outbound", "haproxy", cmd=["--rule", "server", "%%ops.lobby.results.server%%"], resources=[PROXY],
           entrypoint=["bash", "./entry/outbound.sh"], execution={"group": "run"}),
        deployment_id="STACK", **{"global": {"env": {"LOG_ENABLED": "true"}}}),
    "template": {
        **definition(op("vllm", "docker.io/vllm/vllm-openai:latest", gpu=True, cmd=["--model", "%%global.variables.MODEL%%"],
                        expose=[{"port": 9000, "health_checks": [{
                            "type": "http", "path": "/v1/chat/completions", "method": "POST", "expected_status": 200,
                            "headers": {"Content-Type": "application/json"}, "body": '{"model": "m"}',
                            "continuous": False}]}]), **{"global": {"variables": {"MODEL": "org/m"}}}),
        "meta": {"trigger": "dashboard", "system_requirements": {"vram_total_mb": 20000, "required_cuda": ["12.8", "12.9"]}}},
}

# name → the definition, whether only -strict refuses it, and what is said of it
INVALID = {
    "test-node-server": (definition(op("server", expose=[{"port": 80, "health_checks": [
        {k: v for k, v in check().items() if k != "continuous"}]}])), "strict", '"continuous" is missing'),
    "no-image": (definition({"type": "container/run", "id": "hello", "args": {"cmd": "x"}}), "", "image"),
    "no-region": (with_resources({"type": "S3", "url": "https://s3.example/x", "target": "/x",
                                  "IAM": {k: v for k, v in KEYS.items() if k != "REGION"}}), "strict", '"REGION" is missing'),
    "remote-resources": (definition(op("old", remoteResources=[])), "", 'unknown key "remoteResources"'),
    "endpoint-of-nothing": (definition(op("a", expose=80), op("b", env={"A": "https://%%ops.a.endpoint.81%%"})), "",
                            '"a" does not expose port 81'),
    "endpoint-of-a-private-one": (definition(op("a", expose=80, private=True), op("b", cmd=["%%ops.a.endpoint.80%%"])), "",
                                  '"a" is private'),
    "misspelt-logistics": (definition(logicstics={}), "", "logicstics"),
}
