"""An application that asks Rolecall: flask --app app run"""

import functools
import os

import requests
from flask import Flask, abort, request

ROLECALL = os.environ["ROLECALL_URL"]
http = requests.Session()
http.headers["Authorization"] = f"Bearer {os.environ['ROLECALL_TOKEN']}"


def requires(permission, id):
    """The view is for who has the permission on the resource that the part `id` of the address names."""
    kind, action = permission.split(":")

    def decorate(view):
        @functools.wraps(view)
        def guarded(**parts):
            user = request.headers.get("Remote-User") or abort(401)
            question = {"subject": {"type": "user", "id": user}, "action": {"name": action}, "resource": {"type": kind, "id": parts[id]}}
            answer = http.post(f"{ROLECALL}/access/v1/evaluation", json=question, timeout=2)
            answer.raise_for_status()
            return view(**parts) if answer.json()["decision"] is True else abort(403)

        return guarded

    return decorate


app = Flask(__name__)


@app.errorhandler(requests.RequestException)
def unavailable(error):
    app.logger.error("Rolecall could not be asked: %s", error)
    return "Try again in a moment.", 503


@app.post("/invoices/<invoice>/approval")
@requires("invoices:approve", "invoice")
def approve(invoice):
    return f"Invoice {invoice} is approved."
