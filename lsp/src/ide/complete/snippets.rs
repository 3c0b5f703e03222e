//! Words of the language with what usually follows them.

use super::{Item, ItemKind};

pub(super) fn of_word(place: &str, what: &str, word: &str) -> Option<Item> {
    if place == "unit" || place == "duration" {
        return Some(Item::new(word, ItemKind::Unit, "unit").ranked(2));
    }
    let snippet = if place == "decl" {
        declaration(word)
    } else {
        step(what, word)
    };
    let kind = if snippet.is_some() {
        ItemKind::Snippet
    } else {
        ItemKind::Keyword
    };
    Some(Item {
        snippet: snippet.map(str::to_owned),
        ..Item::new(word, kind, what).ranked(4)
    })
}

fn declaration(word: &str) -> Option<&'static str> {
    Some(match word {
        "enum" => "enum ${1:name} { ${2:value} }",
        "type" => "type ${1:name} {\n    ${2:field}: ${3:text}\n}",
        "const" => "const ${1:name} = ${2:value}",
        "fn" => "fn ${1:name}(${2:x}: ${3:int}) -> ${4:int} = ${5:x}",
        "event" => "event ${1:name} {\n    ${2:field}: ${3:text}\n}",
        "broadcast" => "broadcast ${1:name} {\n    ${2:field}: ${3:text}\n}",
        "profile" => "profile {\n    ${1:field}: ${2:text?}\n}",
        "identity" => "identity {\n    ${1:user_id} unique\n}",
        "purpose" => "purpose ${1:marketing} {\n    consent ${2|opt_in,opt_out|}\n}",
        "audience" => "audience ${1:name} = ${2:condition}",
        "channel" => "channel ${1:email} {\n    to ${2:email}\n    deliver ${3:none}\n}",
        "message" => {
            "message ${1:name} for ${2:marketing} {\n    ${3:email} { subject: \"$4\" body: \"$5\" }\n}"
        }
        "journey" => {
            "journey ${1:name} {\n    enter on ${2:event}\n\n    wait ${3:1 day}\n    \
             send ${4:message} by ${5:email}\n}"
        }
        "test" => {
            "test \"${1:what it shows}\" {\n    at ${2:2026-01-05T10:00:00Z} ${3:event} { }\n    \
             expect ${4:no send}\n}"
        }
        "decision" => "decision ${1:name}() -> ${2:offer_type} {\n    among ${3:offer}\n}",
        "offer" => "offer ${1:name}: ${2:offer_type} {\n    ${3:value 1 EUR}\n}",
        "table" => "table ${1:name} key ${2:id} { ${3:column}: ${4:text} } from \"${5:file.csv}\"",
        "conversion" => {
            "conversion ${1:purchase} on ${2:event} value ${3:total} {\n    credit ${4:sends} within ${5:30 days}\n}"
        }
        "measure" => "measure ${1:customer_value} {\n    purchase: ${2:conversion}\n}",
        "source" => {
            "source ${1:name} from ${2:json} {\n    identify { ${3:user_id}: ${4:userId} }\n}"
        }
        _ => return None,
    })
}

fn step(what: &str, word: &str) -> Option<&'static str> {
    if what.contains("test") {
        return match word {
            "at" => Some("at ${1:2026-01-05T10:00:00Z} ${2:event} { }"),
            "after" => Some("after ${1:1 hour}"),
            "profile" => Some("profile { ${1:field}: ${2:value} }"),
            _ => None,
        };
    }
    Some(match word {
        "wait" => "wait ${1:1 day}",
        "send" => "send ${1:message} by ${2:channel}",
        "if" => "if ${1:condition} {\n    $2\n}",
        "match" => "match ${1:value} {\n    ${2:else} => { $3 }\n}",
        "split" => "split ${1:name} {\n    ${2:a} 50% => { $3 }\n    ${4:b} 50% => { $5 }\n}",
        "let" => "let ${1:name} = ${2:value}",
        "set" => "set ${1:name} = ${2:value}",
        "emit" => "emit ${1:event} { $2 }",
        "decide" => "decide ${1:name} = ${2:decision}()",
        "collect" => "collect ${1:event} up to ${2:1 day} at most ${3:50} as ${4:all}",
        "repeat" => "repeat up to ${1:3} times {\n    $2\n}",
        "enter" => "enter on ${1:event}",
        "exit" => "exit on ${1:event}",
        "goal" => "goal on ${1:event} within ${2:7 days}",
        "reenter" => "reenter after ${1:30 days}",
        "holdout" => "holdout ${1:10}%",
        "mute" => "mute ${1:purpose} for ${2:30 days}",
        _ => return None,
    })
}
