"""Every feature of the server, as a client meets it: lsprotocol reads each answer, so a shape that is wrong fails."""

import asyncio

import pytest
from lsprotocol import types
from pytest_lsp import LanguageClient

pytestmark = pytest.mark.asyncio
T = types


async def pulled(client: LanguageClient) -> list[T.Diagnostic]:
    report = await client.text_document_diagnostic_async(T.DocumentDiagnosticParams(client.shop.document))
    return [d for d in report.items if d.severity == T.DiagnosticSeverity.Error]


async def told(client: LanguageClient) -> list[T.Diagnostic]:
    """What is told of the program's last version."""
    shop = client.shop
    while True:
        said = await client.wait_for_notification("textDocument/publishDiagnostics")
        if (said.uri, said.version) == (shop.uri, shop.version):
            break
    found = client.diagnostics[client.shop.uri]
    return [d for d in found if d.severity == T.DiagnosticSeverity.Error]


async def test_it_says_what_it_offers(asks: LanguageClient):
    offered = asks.shop.answer.capabilities
    assert asks.shop.answer.server_info.name == "journey"
    assert offered.diagnostic_provider.workspace_diagnostics
    assert offered.rename_provider.prepare_provider
    assert set(offered.execute_command_provider.commands) == {
        "journey.runTest", "journey.showGraph", "journey.simulate",
    }


# ── diagnostics ──────────────────────────────────────────────────────────────────────────────────────────


async def test_diagnostics_are_asked_for(asks: LanguageClient):
    shop = asks.shop
    assert await pulled(asks) == []
    shop.write(shop.text.replace("if not loyal", "if not loyl"))
    (wrong,) = await pulled(asks)
    assert (wrong.code, shop.words(wrong.range)) == ("unknown-name", "loyl")
    assert wrong.code_description.href
    assert asks.diagnostics == {}, "what is asked for is not told, too"


async def test_diagnostics_of_the_workspace(asks: LanguageClient):
    other = asks.shop.folder / "other.journey"
    other.write_text("audience nobody = nothing\n")
    changed = T.FileEvent(other.as_uri(), T.FileChangeType.Created)
    asks.workspace_did_change_watched_files(T.DidChangeWatchedFilesParams([changed]))
    report = await asks.workspace_diagnostic_async(T.WorkspaceDiagnosticParams([]))
    found = {item.uri: [d.code for d in item.items] for item in report.items}
    assert "unknown-name" in found[other.as_uri()]


async def test_diagnostics_are_told(is_told: LanguageClient):
    shop = is_told.shop
    assert shop.answer.capabilities.diagnostic_provider is None
    assert await told(is_told) == []
    assert is_told.registered == ["workspace/didChangeWatchedFiles"]
    shop.write(shop.text.replace("wait 2 hours", "wait 2"))
    assert shop.at("wait 2").line in {wrong.range.start.line for wrong in await told(is_told)}
    shop.write(shop.text.replace("wait 2", "wait 2 hours"))
    assert await told(is_told) == []


async def test_an_edit_storm_ends_with_the_last_text(asks: LanguageClient):
    shop = asks.shop
    line = shop.at("wait 2 hours").line
    for n in range(50):
        shop.version += 1
        document = T.VersionedTextDocumentIdentifier(uri=shop.uri, version=shop.version)
        place = T.Position(line, 0)
        text = "// é𝄞\n" if n % 2 == 0 else ""
        end = place if n % 2 == 0 else T.Position(line + 1, 0)
        change = T.TextDocumentContentChangePartial(text=text, range=T.Range(place, end))
        asks.text_document_did_change(T.DidChangeTextDocumentParams(document, [change]))
    assert await pulled(asks) == []


# ── what things are, and where ───────────────────────────────────────────────────────────────────────────


async def test_hover(asks: LanguageClient):
    shop = asks.shop
    hover = await asks.text_document_hover_async(T.HoverParams(**shop.here("not loyal", "loyal")))
    assert "orders_90d" in hover.contents.value
    assert shop.words(hover.range) == "loyal"
    assert await asks.text_document_hover_async(T.HoverParams(**shop.here("// A first"))) is None


async def test_definition_and_its_kin(asks: LanguageClient):
    shop = asks.shop
    place = shop.here("send reminder = cart_reminder", "cart_reminder")
    found = await asks.text_document_definition_async(T.DefinitionParams(**place))
    found = found if isinstance(found, list) else [found]
    assert [shop.words(getattr(f, "range", None) or f.target_selection_range) for f in found] == ["cart_reminder"]
    place = shop.here("cart: cart_updated", "cart_updated")
    kinds = await asks.text_document_type_definition_async(T.TypeDefinitionParams(**place))
    assert kinds
    senders = await asks.text_document_implementation_async(
        T.ImplementationParams(**shop.here("message cart_reminder", "cart_reminder"))
    )
    assert any(f.range.start.line >= shop.at("journey abandoned_cart").line for f in senders)


async def test_references_and_highlights(asks: LanguageClient):
    shop = asks.shop
    place = shop.here("event order_placed", "order_placed")
    context = T.ReferenceContext(include_declaration=True)
    found = await asks.text_document_references_async(T.ReferenceParams(context=context, **place))
    assert len(found) == shop.text.count("order_placed")
    assert {shop.words(f.range) for f in found} == {"order_placed"}
    marked = await asks.text_document_document_highlight_async(T.DocumentHighlightParams(**place))
    assert len(marked) == len(found)


async def test_symbols(asks: LanguageClient):
    shop = asks.shop
    tree = await asks.text_document_document_symbol_async(T.DocumentSymbolParams(shop.document))
    names = {symbol.name: symbol for symbol in tree}
    assert [child.name for child in names["order_placed"].children] == ["order_id", "cart_id", "total"]
    found = await asks.workspace_symbol_async(T.WorkspaceSymbolParams(query="abandoned"))
    assert [symbol.name for symbol in found] == ["abandoned_cart"]


async def test_call_hierarchy(asks: LanguageClient):
    shop = asks.shop
    shop.write(shop.text.replace("    wait 2 hours\n", "    wait 2 hours\n    start follow_up\n")
               + "\njourney follow_up {\n    enter on start\n    wait 1 day\n}\n")
    assert await pulled(asks) == []
    place = shop.here("journey follow_up", "follow_up")
    (item,) = await asks.text_document_prepare_call_hierarchy_async(T.CallHierarchyPrepareParams(**place))
    incoming = await asks.call_hierarchy_incoming_calls_async(T.CallHierarchyIncomingCallsParams(item))
    assert [call.from_.name for call in incoming] == ["abandoned_cart"]
    outgoing = await asks.call_hierarchy_outgoing_calls_async(
        T.CallHierarchyOutgoingCallsParams(incoming[0].from_)
    )
    assert [call.to.name for call in outgoing] == ["follow_up"]


async def test_semantic_tokens(asks: LanguageClient):
    shop = asks.shop
    legend = shop.answer.capabilities.semantic_tokens_provider.legend.token_types
    whole = await asks.text_document_semantic_tokens_full_async(T.SemanticTokensParams(shop.document))
    assert legend[whole.data[3]] == "comment"
    shop.write(shop.text.replace("/// A finished purchase.\n", ""))
    delta = await asks.text_document_semantic_tokens_full_delta_async(
        T.SemanticTokensDeltaParams(shop.document, whole.result_id)
    )
    assert sum(edit.delete_count for edit in delta.edits) < len(whole.data)
    some = await asks.text_document_semantic_tokens_range_async(
        T.SemanticTokensRangeParams(shop.document, shop.range("audience loyal = orders_90d >= 3"))
    )
    kinds = [legend[kind] for kind in some.data[3::5]]
    assert kinds[0] == "keyword" and kinds[-1] == "number"


async def test_hints_and_links(asks: LanguageClient):
    shop = asks.shop
    whole = T.Range(T.Position(0, 0), T.Position(shop.text.count("\n"), 0))
    hints = await asks.text_document_inlay_hint_async(T.InlayHintParams(shop.document, whole))
    assert hints
    (shop.folder / "mail.html").write_text("<p>{{ cart.value }}</p>\n")
    shop.write(shop.text.replace('body: "Your cart of {cart.value} is waiting."', 'body: file "mail.html"'))
    links = await asks.text_document_document_link_async(T.DocumentLinkParams(shop.document))
    assert [link.target for link in links] == [(shop.folder / "mail.html").as_uri()]


async def test_folding_and_selection(asks: LanguageClient):
    shop = asks.shop
    folds = await asks.text_document_folding_range_async(T.FoldingRangeParams(shop.document))
    assert shop.at("journey abandoned_cart").line in {fold.start_line for fold in folds}
    place = shop.at("value >= 20", "20")
    (chosen,) = await asks.text_document_selection_range_async(T.SelectionRangeParams(shop.document, [place]))
    seen = []
    while chosen:
        seen.append(shop.words(chosen.range))
        chosen = chosen.parent
    assert seen[0].startswith("20") and seen[-1] == shop.text
    assert all(small in large for small, large in zip(seen, seen[1:]))


# ── writing ──────────────────────────────────────────────────────────────────────────────────────────────


async def test_completion(asks: LanguageClient):
    shop = asks.shop
    shop.write(shop.text.replace("where value >= 20 EUR", "where "))
    place = shop.here("where  key", "where ", after=True)
    found = await asks.text_document_completion_async(T.CompletionParams(**place))
    items = {item.label: item for item in found.items}
    assert {"cart_id", "value"} <= set(items)
    event = await asks.text_document_completion_async(T.CompletionParams(**shop.here("exit on ", after=True)))
    item = next(item for item in event.items if item.label == "order_placed")
    item = await asks.completion_item_resolve_async(item)
    assert "A finished purchase." in item.documentation.value


async def test_completion_before_a_word_on_the_next_line(asks: LanguageClient):
    """What is written below is no part of what is being typed."""
    shop = asks.shop
    shop.write(shop.text.replace("exit on order_placed\n", "exit on order_placed\n    exit on \n"))
    place = shop.here("    exit on \n", "exit on ", after=True)
    found = await asks.text_document_completion_async(T.CompletionParams(**place))
    assert {"order_placed", "unsubscribed"} <= {item.label for item in found.items}


async def test_snippets_only_for_those_who_take_them(asks: LanguageClient):
    shop = asks.shop
    shop.write(shop.text + "\njour")
    end = T.CompletionParams(text_document=shop.document, position=shop.position(len(shop.text)))
    found = await asks.text_document_completion_async(end)
    item = next(item for item in found.items if item.label == "journey")
    takes = client_takes_snippets(asks)
    assert (item.insert_text_format == T.InsertTextFormat.Snippet) == takes


def client_takes_snippets(client: LanguageClient) -> bool:
    return bool(client.capabilities.text_document.completion.completion_item.snippet_support)


async def test_signature(asks: LanguageClient):
    shop = asks.shop
    help = await asks.text_document_signature_help_async(
        T.SignatureHelpParams(**shop.here("cart_reminder(entry)", "(", after=True))
    )
    assert "cart" in help.signatures[0].label
    assert help.active_parameter == 0 or help.signatures[0].active_parameter == 0


async def test_formatting(asks: LanguageClient):
    shop, options = asks.shop, T.FormattingOptions(tab_size=4, insert_spaces=True)
    tidy = shop.text
    shop.write(tidy.replace("event signup {\n    accepts", "event   signup {\n  accepts"))
    edits = await asks.text_document_formatting_async(T.DocumentFormattingParams(shop.document, options))
    assert shop.edited(edits) == tidy
    part = T.DocumentRangeFormattingParams(shop.document, shop.range("event   signup"), options)
    edits = await asks.text_document_range_formatting_async(part)
    assert shop.edited(edits) == tidy
    place = shop.here("accepts_marketing: bool\n}", after=True)
    typed = T.DocumentOnTypeFormattingParams(ch="}", options=options, **place)
    assert shop.edited(await asks.text_document_on_type_formatting_async(typed)) == tidy


async def test_rename(asks: LanguageClient):
    shop = asks.shop
    place = shop.here("event cart_updated {\n    cart_id", "cart_id")
    ready = await asks.text_document_prepare_rename_async(T.PrepareRenameParams(**place))
    assert shop.words(getattr(ready, "range", ready)) == "cart_id"
    edit = await asks.text_document_rename_async(T.RenameParams(new_name="basket", **place))
    changes = edit.changes[shop.uri] if edit.changes else edit.document_changes[0].edits
    after = shop.edited(changes)
    assert "cart_id" not in after and after.count("basket") == shop.text.count("cart_id")
    with pytest.raises(Exception, match="wait"):
        await asks.text_document_rename_async(T.RenameParams(new_name="wait", **place))
    with pytest.raises(Exception):
        await asks.text_document_prepare_rename_async(T.PrepareRenameParams(**shop.here("wait 2", "2")))


async def test_linked_editing(asks: LanguageClient):
    shop = asks.shop
    place = shop.here("send reminder = ", "reminder")
    linked = await asks.text_document_linked_editing_range_async(T.LinkedEditingRangeParams(**place))
    assert linked is None or all(shop.words(r) == "reminder" for r in linked.ranges)


# ── mending and running ──────────────────────────────────────────────────────────────────────────────────


async def test_code_actions(asks: LanguageClient):
    shop = asks.shop
    shop.write(shop.text.replace("if not loyal", "if not loyl"))
    (wrong,) = await pulled(asks)
    about = T.CodeActionContext(diagnostics=[wrong])
    found = await asks.text_document_code_action_async(
        T.CodeActionParams(shop.document, wrong.range, about)
    )
    mend = next(action for action in found if action.kind == T.CodeActionKind.QuickFix)
    edits = mend.edit.changes[shop.uri] if mend.edit.changes else mend.edit.document_changes[0].edits
    assert "if not loyal" in shop.edited(edits)
    only = T.CodeActionContext(diagnostics=[], only=[T.CodeActionKind.SourceFixAll])
    found = await asks.text_document_code_action_async(T.CodeActionParams(shop.document, wrong.range, only))
    assert {action.kind for action in found} == {T.CodeActionKind.SourceFixAll}


async def lens(client: LanguageClient, title: str) -> T.Command:
    found = await client.text_document_code_lens_async(T.CodeLensParams(client.shop.document))
    return next(lens.command for lens in found if title in lens.command.title)


async def run(client: LanguageClient, title: str):
    command = await lens(client, title)
    params = T.ExecuteCommandParams(command.command, command.arguments)
    return await client.workspace_execute_command_async(params)


async def test_a_test_is_run_from_its_lens(asks: LanguageClient):
    answer = await run(asks, "run test")
    assert answer.ok if hasattr(answer, "ok") else answer["ok"]
    assert "who leaves a cart" in str(answer)
    said = asks.messages[-1]
    assert said.type == T.MessageType.Info and "1 passed" in said.message


async def test_a_failed_test_is_said_to_be(asks: LanguageClient):
    shop = asks.shop
    shop.path.write_text(shop.text.replace("wait 2 hours", "wait 4 hours"))
    answer = await run(asks, "run test")
    assert not (answer.ok if hasattr(answer, "ok") else answer["ok"])
    said = asks.messages[-1]
    assert said.type == T.MessageType.Error and "expect send reminder" in said.message


async def test_a_journey_is_simulated_and_shown(asks: LanguageClient):
    shown = await run(asks, "show graph")
    assert "wait 2 hours" in str(shown)
    simulated(asks, 50)
    assert "abandoned_cart" in str(await run(asks, "simulate"))


SIMULATION = """
[simulation]
people = {people}
seed = 7
from = "2026-03-01"
days = 28

[simulation.profile]
user_id = "u{n}"

[simulation.events.cart_updated]
per_week = 1
fields = {{ cart_id = "c{n}-{i}", value = 30 }}
"""


def simulated(client: LanguageClient, people: int):
    manifest = client.shop.folder / "journey.toml"
    text = SIMULATION.replace("{people}", str(people)).replace("{{", "{").replace("}}", "}")
    manifest.write_text(manifest.read_text() + text)


async def test_who_types_does_not_wait_for_a_command(asks: LanguageClient):
    shop = asks.shop
    simulated(asks, 2_000_000)
    command = await lens(asks, "simulate")
    params = T.ExecuteCommandParams(command.command, command.arguments)
    long = asks.protocol.send_request("workspace/executeCommand", params, msg_id="long")
    shop.write(shop.text.replace("if not loyal", "if not loyl"))
    (wrong,) = await asyncio.wait_for(pulled(asks), 20)
    assert wrong.code == "unknown-name" and not long.done()
    asks.cancel_request(T.CancelParams("long"))
    with pytest.raises(Exception, match="cancelled"):
        await asyncio.wait_for(asyncio.wrap_future(long), 20)


# ── characters ───────────────────────────────────────────────────────────────────────────────────────────


async def test_columns_are_counted_as_agreed(counts: LanguageClient):
    shop = counts.shop
    shop.write(shop.text.replace(
        'subject: "You left', 'subject: "é𝄞🛒 {first_nam ?? "𝄞"} {loyl} You left'
    ))
    found = sorted(await pulled(counts), key=lambda d: d.range.start.character)
    assert [shop.words(d.range) for d in found] == ["first_nam", "loyl"]
    edits = [T.TextEdit(d.range, new) for d, new in zip(found, ["first_name", "orders_90d"])]
    shop.write(shop.edited(edits))
    assert await pulled(counts) == []
