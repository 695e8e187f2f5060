"""Has schemathesis send all that it can think of to every operation of the OpenAPI document, as an admin and as nobody.

ROLECALL_BIN names the server, SCHEMATHESIS the program `st`. Further arguments go on to it.
"""

import http.cookiejar
import json
import os
import pathlib
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request

HERE = pathlib.Path(__file__).parent
PASSWORD = "the long password of ada"


def free_port():
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]


class Server:
    """Rolecall on a fresh database with the admin ada."""

    def __init__(self, folder):
        self.binary = os.environ["ROLECALL_BIN"]
        self.base = f"http://localhost:{free_port()}"
        self.log = open(pathlib.Path(folder) / "log", "w+", encoding="utf-8")
        inherited = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
        self.environment = inherited | {
            "DATA_DIR": folder,
            "LISTEN": self.base.replace("http://localhost", "127.0.0.1"),
            "PUBLIC_URL": self.base,
            # It asks faster than anybody.
            "API_RATE_LIMIT": "0",
        }
        made = ["admin", "create", "--username", "ada", "--email", "ada@example.com", "--password-stdin"]
        subprocess.run([self.binary, *made], input=PASSWORD, text=True, env=self.environment, check=True, stdout=self.log)
        self.process = subprocess.Popen([self.binary], env=self.environment, stdout=self.log, stderr=self.log)
        self.wait()

    def wait(self):
        for _ in range(300):
            try:
                urllib.request.urlopen(f"{self.base}/readyz")
                return
            except (urllib.error.URLError, ConnectionError):
                time.sleep(0.1)
        sys.exit("the server did not start")

    def end(self):
        self.process.terminate()
        self.process.wait(30)


def token(base):
    """A token that may whatever a token may: it names its permissions, so that sensitive acts take it, too."""
    opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar()))

    def post(path, body):
        headers = {"Content-Type": "application/json"}
        request = urllib.request.Request(base + path, json.dumps(body).encode(), headers)
        return json.load(opener.open(request))

    post("/login", {"username_or_email": "ada", "password": PASSWORD})
    return post("/api/v1/me/tokens", {"name": "schemathesis", "permissions": ["*:*"]})["secret"]


def check(who, base, headers, folder, arguments):
    """All checks on all operations; False if one failed."""
    print(f"\n== as {who}", flush=True)
    command = [os.environ.get("SCHEMATHESIS", "st"), "--config-file", str(HERE / "schemathesis.toml"), "run"]
    command += [f"{base}/api/openapi.json", *headers, *arguments]
    # What it keeps for the next run goes with the folder.
    return subprocess.run(command, cwd=folder, check=False).returncode == 0


def main():
    good = True
    for who in ("an admin", "nobody"):
        with tempfile.TemporaryDirectory() as folder:
            server = Server(folder)
            try:
                headers = ["--header", f"Authorization: Bearer {token(server.base)}"] if who == "an admin" else []
                good &= check(who, server.base, headers, folder, sys.argv[1:])
            finally:
                server.end()
    sys.exit(0 if good else 1)


if __name__ == "__main__":
    main()
