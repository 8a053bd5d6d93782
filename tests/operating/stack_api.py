"""CloudFormation and Lambda on a socket, as the AWS API shows a deployed stack: here, the local cloud that runs."""

from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self
from urllib.parse import parse_qs, unquote
from xml.sax.saxutils import escape

from infra.local.cloud import Cloud

STACK = "acme-sync"


class StackApi:
    """One stack, `STACK`, whose queues, functions, outputs and parameters are the cloud's.

    `refused` names actions (`DescribeStacks`, `Query`) that the caller has no right to, each with AWS's message.
    `outputs` are told as they stand here.
    """

    def __init__(self, cloud: Cloud) -> None:
        self.cloud = cloud
        self.outputs = dict(cloud.stack.outputs)
        self.refused: dict[str, str] = {}
        self.asked: list[str] = []
        self._server = _Server(self)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    def answer(self, form: dict[str, str]) -> tuple[int, str]:
        """CloudFormation's answer: its status and XML."""
        action, stack = form["Action"], form["StackName"]
        self.asked.append(action)
        if action in self.refused:
            return 403, _error("AccessDenied", self.refused[action])
        if stack != STACK:
            return 400, _error("ValidationError", f"Stack with id {stack} does not exist")
        if action == "DescribeStacks":
            outputs = _members("Output", self.outputs)
            parameters = _members("Parameter", self.cloud.stack.parameters)
            told = f"<StackName>{STACK}</StackName><StackStatus>UPDATE_COMPLETE</StackStatus>"
            told += "<CreationTime>2026-11-02T08:00:00Z</CreationTime>"
            return 200, _result(action, f"<Stacks><member>{told}{outputs}{parameters}</member></Stacks>")
        wanted = form["LogicalResourceId"]
        if wanted in self.cloud.stack.queues:
            kind, name = "AWS::SQS::Queue", self.cloud.queue_url(wanted)
        elif wanted in self.cloud.stack.functions:
            kind, name = "AWS::Lambda::Function", self.cloud.stack.functions[wanted].name
        elif wanted in self.cloud.stack.tables:
            kind, name = "AWS::DynamoDB::Table", self.cloud.stack.tables[wanted].name
        else:
            return 400, _error("ValidationError", f"Resource {wanted} does not exist for stack {STACK}")
        told = f"<LogicalResourceId>{wanted}</LogicalResourceId><PhysicalResourceId>{name}</PhysicalResourceId>"
        told += f"<ResourceType>{kind}</ResourceType><ResourceStatus>CREATE_COMPLETE</ResourceStatus>"
        told += "<LastUpdatedTimestamp>2026-11-02T08:00:00Z</LastUpdatedTimestamp>"
        return 200, _result(action, f"<StackResourceDetail>{told}</StackResourceDetail>")

    def invoke(self, function: str, event: object) -> tuple[dict[str, str], Any]:
        """Lambda's answer: its headers and JSON."""
        self.asked.append("Invoke")
        done = self.cloud.invoke(self.cloud.stack.function(function).id, event)
        if not done.failed:
            return {}, done.answer
        return {"X-Amz-Function-Error": "Unhandled"}, {
            "errorMessage": done.error,
            "errorType": done.error_type,
            "stackTrace": ['  File "/var/task/app.py", line 1, in handler\n'],
        }


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, api: StackApi) -> None:
        self.api = api
        super().__init__(("127.0.0.1", 0), _Handler)


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    disable_nagle_algorithm = True

    def do_POST(self) -> None:
        api = self.server.api
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
        target = self.headers.get("X-Amz-Target", "").partition(".")[2]
        if target:  # DynamoDB, and only where a right to it is missing
            fault = {"__type": "com.amazon.coral.service#AccessDeniedException", "Message": api.refused[target]}
            self._send(400, json.dumps(fault), {"Content-Type": "application/x-amz-json-1.0"})
        elif self.path.startswith("/2015-03-31/functions/"):
            headers, answer = api.invoke(unquote(self.path.split("/")[3]), json.loads(body))
            self._send(200, json.dumps(answer), headers)
        else:
            status, xml = api.answer({name: values[0] for name, values in parse_qs(body).items()})
            self._send(status, xml, {"Content-Type": "text/xml"})

    def _send(self, status: int, text: str, headers: dict[str, str]) -> None:
        content = text.encode()
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 (name of http.server)
        """Says nothing."""


def _members(what: str, values: Any) -> str:
    members = "".join(
        f"<member><{what}Key>{name}</{what}Key><{what}Value>{escape(str(value))}</{what}Value></member>"
        for name, value in values.items()
    )
    return f"<{what}s>{members}</{what}s>"


def _result(action: str, content: str) -> str:
    return f"<{action}Response><{action}Result>{content}</{action}Result></{action}Response>"


def _error(code: str, message: str) -> str:
    fault = f"<Type>Sender</Type><Code>{code}</Code><Message>{message}</Message>"
    return f"<ErrorResponse><Error>{fault}</Error></ErrorResponse>"
