"""The configurations of docs/forward-auth, each run before a little application that tells which headers reach it.

ROLECALL_BIN names the program, TRAEFIK the proxy of that name; nginx and caddy are looked for in PATH. Nothing is skipped.
"""

import atexit
import http.client
import http.server
import json
import os
import pathlib
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.parse

DOCS = pathlib.Path(__file__).resolve().parents[2] / "docs" / "forward-auth"
WORK = pathlib.Path(tempfile.mkdtemp(prefix="rolecall-proxies-"))
ROLES, APP = "roles.example.localhost", "app.example.localhost"
PASSWORD = "the long password of "
BROWSER, PROGRAM = {"Accept": "text/html"}, {"Accept": "application/json"}
CLAIMS = ["Remote-User", "Remote-Name", "Remote-Email", "Remote-Groups"]
running = []


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def start(args, **more):
    log = open(WORK / f"{pathlib.Path(args[0]).name}.log", "ab")
    process = subprocess.Popen(args, stdin=subprocess.DEVNULL, stdout=log, stderr=log, **more)
    running.append(process)
    return process


@atexit.register
def stop():
    for process in running:
        process.terminate()
    for process in running:
        process.wait(20)
    shutil.rmtree(WORK, ignore_errors=True)


def wait_for(port, process):
    for _ in range(600):
        if process.poll() is not None:
            break
        with socket.socket() as s:
            if s.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    logs = "".join(log.read_text(errors="replace") for log in WORK.glob("*.log"))
    sys.exit(f"{process.args[0]} does not listen:\n{logs}")


class Application(http.server.BaseHTTPRequestHandler):
    """Answers with the headers that it was sent, and remembers the paths."""

    seen = []

    def answer(self):
        Application.seen.append(self.path)
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        body = json.dumps({"path": self.path, "method": self.command, "headers": self.headers.items()}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_GET = do_POST = do_PUT = do_DELETE = answer

    def log_message(self, *_):
        pass


class Client:
    """Keeps cookies by host and domain as a browser does; sends what it is told, as it is written."""

    def __init__(self, port):
        self.port, self.jar = port, {}

    def send(self, method, host, path, headers=None, body=None):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        connection.putrequest(method, path, skip_host=True, skip_accept_encoding=True)
        cookies = [f"{name}={value}" for (at, name), value in self.jar.items() if host == at or at[0] == "." and host.endswith(at)]
        body = body.encode() if body is not None else None
        all_headers = {"Host": f"{host}:{self.port}", **(headers or BROWSER)}
        if cookies:
            all_headers["Cookie"] = "; ".join(cookies)
        if body is not None:
            all_headers["Content-Length"] = str(len(body))
        for name, value in all_headers.items():
            connection.putheader(name, value)
        connection.endheaders(body)
        response = connection.getresponse()
        response.text = response.read().decode(errors="replace")
        for cookie in response.headers.get_all("Set-Cookie") or []:
            (name, value), rest = cookie.split(";")[0].split("=", 1), cookie
            domain = re.search(r"Domain=([^;]+)", rest)
            at = "." + domain[1].lstrip(".") if domain else host
            self.jar[at, name] = value
        connection.close()
        return response

    def follow(self, url, **more):
        parts = urllib.parse.urlsplit(url)
        return self.send("GET", parts.hostname, parts.path + (f"?{parts.query}" if parts.query else ""), **more)

    def form(self, host, path, action, fields):
        """Sends a form of the page as a browser does."""
        page = self.send("GET", host, path)
        form = re.search(rf'<form[^>]*action="{action}".*?</form>', page.text, re.S)[0]
        hidden = dict(re.findall(r'<input type="hidden" name="([^"]*)" value="([^"]*)"', form))
        body = urllib.parse.urlencode({**{k: v.replace("&#38;", "&").replace("&amp;", "&") for k, v in hidden.items()}, **fields})
        kind = {"Content-Type": "application/x-www-form-urlencoded", "Sec-Fetch-Site": "same-origin"}
        return self.send("POST", host, action, {**BROWSER, **kind}, body)

    def sign_in(self, name, page="/login"):
        return self.form(ROLES, page, "/login", {"username_or_email": name, "password": PASSWORD + name})


def check(what, good, told=""):
    if not good:
        sys.exit(f"FAILED: {what}\n{told}\n" + "".join(log.read_text(errors="replace")[-3000:] for log in WORK.glob("*.log")))
    print(f"  {what}")


def claims(response):
    """What the application was told of who it is: of every spelling of these headers."""
    sent = json.loads(response.text)["headers"]
    return sorted((name.replace("_", "-").title(), value) for name, value in sent if re.match(r"remote[-_]", name, re.I) and value)


def journey(port):
    stranger = Client(port)
    home = stranger.send("GET", APP, "/invoices?month=3&x=%20")
    to = f"http://{APP}:{port}/invoices?month=3&x=%20"
    sign_in = home.getheader("Location") or ""
    query = urllib.parse.parse_qs(urllib.parse.urlsplit(sign_in).query)
    back = urllib.parse.urlsplit(query.get("to", [""])[0])
    good = (home.status, back.hostname, back.path, back.query) == (302, APP, "/invoices", "month=3&x=%20")
    check("a browser that nobody signed in with is sent to sign in", good and f"//{ROLES}" in sign_in, (home.status, sign_in, to))
    for method, headers in (("GET", PROGRAM), ("POST", BROWSER)):
        answer = stranger.send(method, APP, "/invoices", headers, "" if method == "POST" else None)
        check(f"a program is told 401 ({method})", answer.status == 401 and not Application.seen, (answer.status, answer.text))

    # Through the form of the sign-in, and back.
    bob = Client(port)
    login = bob.follow(sign_in)
    entered = bob.sign_in("bob", login.getheader("Location"))
    on = bob.send("GET", ROLES, entered.getheader("Location"))
    target = (on.getheader("Refresh") or "").removeprefix("0; url=")
    check("after the sign-in one goes on to where one came from", urllib.parse.urlsplit(target).path == "/invoices", on.text)
    page = bob.send("GET", APP, "/invoices")
    expected = [("Remote-Email", "bob@example.com"), ("Remote-Groups", "reader"), ("Remote-Name", "Bob Example"), ("Remote-User", "bob")]
    check("the application learns who it is", page.status == 200 and claims(page) == expected, (page.status, page.text))
    sent = dict(json.loads(page.text)["headers"])
    names = re.findall(r"([^=; ]+)=", sent.get("Cookie", ""))
    check("and is sent no cookie of Rolecall's pages", names == ["rolecall-forward"], names)

    refused = bob.send("GET", APP, "/admin/x")
    check("without the permission: 403", refused.status == 403, refused.status)
    posted = bob.send("POST", APP, "/invoices", PROGRAM, "a=b")
    check("another method, another permission: 403", posted.status == 403, posted.status)

    lies = {name: "root" for name in CLAIMS} | {name.replace("-", "_"): "root" for name in CLAIMS} | {"REMOTE_user": "root"}
    page = bob.send("GET", APP, "/invoices", BROWSER | lies)
    check("what the client says of who it is does not reach the application", claims(page) == expected, page.text)
    eve = Client(port)
    eve.follow(sign_in)
    eve.send("GET", ROLES, eve.sign_in("eve").getheader("Location"))
    eve.follow(sign_in)
    page = eve.send("GET", APP, "/open", BROWSER | lies)
    known = [("Remote-Email", "eve@example.com"), ("Remote-Name", "Eve Example"), ("Remote-User", "eve")]
    check("nor where Rolecall has nothing to say", page.status == 200 and claims(page) == known, page.text)
    check("who lacks the permission is not let in by saying so", eve.send("GET", APP, "/invoices", BROWSER | lies).status == 403)
    for name, value in (("X-Forwarded-Uri", "/open"), ("X-Forwarded-Host", "open.example.localhost"), ("X-Forwarded-Method", "PUT"), ("X-Original-URL", "/open")):
        page = eve.send("GET", APP, "/invoices", BROWSER | {name: value})
        check(f"nor by a {name} of its own", page.status == 403, (page.status, page.text))

    Application.seen.clear()
    for odd in ("/open/../invoices", "/open/%2e%2e/invoices", "//invoices", "/open//../invoices", "/open%2f..%2finvoices", "/open;/../invoices",
                "/open%5c..%5cinvoices", "/INVOICES", "/%69nvoices", "/invoices;x", "/open/%252e%252e/invoices", "/invoices%00", "/./invoices"):
        page = eve.send("GET", APP, odd)
        check(f"{odd} is no way round a rule", page.status in (400, 403, 404) and not Application.seen, (page.status, Application.seen))
    check("a host that is none of ours reaches nothing", reaches_nothing(eve), Application.seen)

    out = bob.form(ROLES, "/account", "/logout", {})
    check("a sign-out counts at once", out.status == 303 and bob.send("GET", APP, "/invoices").status == 302)


def reaches_nothing(client):
    try:
        page = client.send("GET", "other.example.localhost", "/open")
    except (http.client.HTTPException, OSError):
        return not Application.seen
    # Caddy answers with an empty 200.
    return not Application.seen and not page.text.startswith("{")


def written(name, port, rolecall, application):
    """A file of the documentation with the names and ports of this test."""
    text = (DOCS / name).read_text()
    changes = {
        "127.0.0.1:8080": f"127.0.0.1:{rolecall}",
        "127.0.0.1:3000": f"127.0.0.1:{application}",
        "roles.example.com": ROLES,
        "app.example.com": APP,
    }
    for old, new in changes.items():
        if name != "traefik.yml" and old not in text:
            sys.exit(f"{name} has no {old}")
        text = text.replace(old, new)
    if name == "nginx.conf":
        text = text.replace("listen 80", f"listen 127.0.0.1:{port}").replace("http {", f"http {{ access_log off; client_body_temp_path {WORK}/body; proxy_temp_path {WORK}/proxy; fastcgi_temp_path {WORK}/f; uwsgi_temp_path {WORK}/u; scgi_temp_path {WORK}/s;", 1)
        text = ("user root; " if os.geteuid() == 0 else "") + f"daemon off; pid {WORK}/nginx.pid; error_log {WORK}/nginx-error.log;\n" + text
    elif name == "Caddyfile":
        text = f"{{\n\tadmin off\n\tauto_https off\n}}\n" + re.sub(r"^http://(\S+) ", rf"http://\1:{port} ", text, flags=re.M)
    else:
        text = text.replace('":80"', f'"127.0.0.1:{port}"')
    (WORK / name).write_text(text)
    return WORK / name


def people(rolecall):
    """Ada, bob who may read invoices, and eve who may nothing; and the rules."""
    ada = Client(rolecall)

    def call(method, path, body, status):
        kind = {**PROGRAM, "Content-Type": "application/json"}
        answer = ada.send(method, ROLES, path, kind, json.dumps(body))
        if answer.status != status:
            sys.exit(f"{method} {path}: {answer.status} {answer.text}")
        return json.loads(answer.text)

    for name in ("bob", "eve"):
        fields = {"first_name": name.title(), "last_name": "Example", "username": name, "email": f"{name}@example.com"}
        call("POST", "/signup", {**fields, "password": PASSWORD + name}, 201)
    call("POST", "/api/v1/sessions", {"username_or_email": "ada", "password": PASSWORD + "ada"}, 201)
    for action in ("read", "write"):
        call("POST", "/api/v1/permissions", {"resource": "invoices", "action": action}, 201)
    role = call("POST", "/api/v1/roles", {"name": "reader", "permissions": ["invoices:read"]}, 201)["id"]
    bob = call("GET", "/api/v1/users?q=bob", {}, 200)["items"][0]["id"]
    call("POST", f"/api/v1/users/{bob}/roles", {"role_id": role}, 201)
    for path, methods, permission in (
        ("/open", [], ""),
        ("/invoices", ["GET"], "invoices:read"),
        ("/invoices", ["POST"], "invoices:write"),
        ("/admin", [], "rolecall.users:read"),
    ):
        call("POST", "/api/v1/forward-rules", {"host": APP, "path": path, "methods": methods, "permission": permission}, 201)


def main():
    rolecall, application = free_port(), free_port()
    server = http.server.ThreadingHTTPServer(("127.0.0.1", application), Application)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    binary = os.environ["ROLECALL_BIN"]
    traefik = os.environ.get("TRAEFIK", "traefik")
    for name, proxy in (("nginx", shutil.which("nginx", path=os.environ["PATH"] + ":/usr/sbin")), ("caddy", shutil.which("caddy")), ("traefik", shutil.which(traefik))):
        if proxy is None:
            sys.exit(f"{name} is missing")
        print(f"{name}:", flush=True)
        port = free_port()
        data = WORK / f"data-{name}"
        env = {
            "PATH": os.environ["PATH"],
            "HOME": str(WORK),
            "DATA_DIR": str(data),
            "LISTEN": f"127.0.0.1:{rolecall}",
            "PUBLIC_URL": f"http://{ROLES}:{port}",
            "FORWARD_AUTH_DOMAIN": "example.localhost",
            "BCRYPT_COST": "10",
            "LOG_LEVEL": "warn",
        }
        admin = ["admin", "create", "--username", "ada", "--email", "ada@example.com", "--first-name", "Ada", "--last-name", "Example", "--password-stdin"]
        subprocess.run([binary, *admin], input=f"{PASSWORD}ada\n", env=env, cwd=WORK, text=True, check=True, stdout=subprocess.DEVNULL)
        process = start([binary, "serve"], env=env, cwd=WORK)
        wait_for(rolecall, process)
        people(rolecall)
        if name == "nginx":
            args = [proxy, "-p", str(WORK), "-c", str(written("nginx.conf", port, rolecall, application))]
        elif name == "caddy":
            args = [proxy, "run", "--adapter", "caddyfile", "--config", str(written("Caddyfile", port, rolecall, application))]
        else:
            written("traefik-routes.yml", port, rolecall, application)
            args = [proxy, "--configFile=" + str(written("traefik.yml", port, rolecall, application))]
        before = start(args, cwd=WORK, env={"PATH": os.environ["PATH"], "HOME": str(WORK)})
        wait_for(port, before)
        # Traefik listens before it has read its routes.
        for _ in range(100):
            if Client(port).send("GET", ROLES, "/healthz").status == 200:
                break
            time.sleep(0.1)
        Application.seen.clear()
        journey(port)
        for one in (before, process):
            one.terminate()
            one.wait(20)
            running.remove(one)


main()
