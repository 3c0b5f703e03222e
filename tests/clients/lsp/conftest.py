"""A session of pytest-lsp with the real command, on a project that `journey new` made."""

import builtins
import os
import pathlib
import subprocess

import pytest_lsp
from lsprotocol import types
from pytest_lsp import ClientServerConfig, LanguageClient, client_capabilities, make_test_lsp_client

JOURNEY = os.environ["JOURNEY"]


class Shop:
    """The project, and its one program opened in a client."""

    def __init__(self, client: LanguageClient, folder: pathlib.Path, answer: types.InitializeResult):
        self.client, self.folder, self.answer = client, folder, answer
        self.path = folder / "shop.journey"
        self.uri = self.path.as_uri()
        self.text = self.path.read_text()
        self.version = 0
        self.document = types.TextDocumentIdentifier(uri=self.uri)
        self.unit = answer.capabilities.position_encoding or types.PositionEncodingKind.Utf16

    def open(self):
        self.version = 1
        item = types.TextDocumentItem(self.uri, "journey", self.version, self.text)
        self.client.text_document_did_open(types.DidOpenTextDocumentParams(item))

    def write(self, text: str):
        """The whole text, anew."""
        self.text, self.version = text, self.version + 1
        document = types.VersionedTextDocumentIdentifier(uri=self.uri, version=self.version)
        change = types.TextDocumentContentChangeWholeDocument(text)
        self.client.text_document_did_change(types.DidChangeTextDocumentParams(document, [change]))

    def count(self, text: str) -> int:
        if self.unit == types.PositionEncodingKind.Utf8:
            return len(text.encode())
        if self.unit == types.PositionEncodingKind.Utf32:
            return len(text)
        return len(text.encode("utf-16-le")) // 2

    def position(self, offset: int) -> types.Position:
        before = self.text[:offset]
        line = before.rfind("\n") + 1
        return types.Position(before.count("\n"), self.count(before[line:]))

    def at(self, words: str, inside: str = "", after: bool = False) -> types.Position:
        """Where `words` stand; of them, where `inside` stands, or ends."""
        start = self.text.index(words)
        start += words.index(inside) if inside else 0
        return self.position(start + (len(inside or words) if after else 0))

    def range(self, words: str, inside: str = "") -> types.Range:
        return types.Range(self.at(words, inside), self.at(words, inside, after=True))

    def here(self, words: str, inside: str = "", after: bool = False) -> dict:
        """The two parameters of a question about a place."""
        return {"text_document": self.document, "position": self.at(words, inside, after)}

    def words(self, range: types.Range) -> str:
        """What stands there."""
        return self.text[self.offset(range.start) : self.offset(range.end)]

    def edited(self, edits) -> str:
        """The text after edits, last first."""
        text = self.text
        spans = [(self.offset(e.range.start), self.offset(e.range.end), e.new_text) for e in edits]
        for start, end, new in sorted(spans, reverse=True):
            text = text[:start] + new + text[end:]
        return text

    def offset(self, place: types.Position) -> int:
        lines = self.text.split("\n")
        line = lines[place.line] if place.line < len(lines) else ""
        taken = next(n for n in builtins.range(len(line) + 1) if self.count(line[:n]) == place.character)
        return sum(len(l) + 1 for l in lines[: place.line]) + taken


def new_project(folder: pathlib.Path) -> pathlib.Path:
    subprocess.run([JOURNEY, "new", "shop"], cwd=folder, check=True, capture_output=True)
    return folder / "shop"


async def session(client: LanguageClient, folder: pathlib.Path, spec: str, encodings=None) -> Shop:
    capabilities = client_capabilities(spec)
    if encodings:
        capabilities.general = capabilities.general or types.GeneralClientCapabilities()
        capabilities.general.position_encodings = encodings
    params = types.InitializeParams(
        capabilities=capabilities,
        workspace_folders=[types.WorkspaceFolder(uri=folder.as_uri(), name="shop")],
    )
    shop = Shop(client, folder, await client.initialize_session(params))
    shop.open()
    return shop


def client() -> LanguageClient:
    """pytest-lsp's own client, that lets the server ask for changes on disk to be watched."""
    made = make_test_lsp_client()

    @made.feature(types.CLIENT_REGISTER_CAPABILITY)
    def register(params: types.RegistrationParams):
        made.registered = [registration.method for registration in params.registrations]

    return made


CONFIG = ClientServerConfig(client_factory=client, server_command=[JOURNEY, "lsp", "--stdio"])


@pytest_lsp.fixture(config=CONFIG)
async def asks(lsp_client: LanguageClient, tmp_path: pathlib.Path):
    """A client that asks for diagnostics: Neovim 0.11 as it introduces itself."""
    lsp_client.shop = await session(lsp_client, new_project(tmp_path), "neovim@v0.11.0")
    yield
    await lsp_client.shutdown_session()


@pytest_lsp.fixture(config=CONFIG)
async def is_told(lsp_client: LanguageClient, tmp_path: pathlib.Path):
    """A client that is told of diagnostics: an older VS Code."""
    lsp_client.shop = await session(lsp_client, new_project(tmp_path), "visual_studio_code")
    yield
    await lsp_client.shutdown_session()


@pytest_lsp.fixture(config=CONFIG, params=["utf-8", "utf-16", "utf-32", None])
async def counts(request, lsp_client: LanguageClient, tmp_path: pathlib.Path):
    """A client that counts in its own way; one that says nothing counts UTF-16."""
    said = [types.PositionEncodingKind(request.param)] if request.param else None
    lsp_client.shop = await session(lsp_client, new_project(tmp_path), "neovim@v0.11.0", said)
    yield
    await lsp_client.shutdown_session()
