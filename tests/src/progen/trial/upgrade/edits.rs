//! Random edits of a program's text, of which nobody renames anything: declarations that say something else,
//! journeys that come and go, data in another order. Whether it is a program is for the compiler to say.

use super::Decl;
use crate::irgen::Rng;

/// The versions, one after the other: two, or three of which the last may be the first again.
pub(super) fn versions(
    rng: &mut Rng,
    decls: &[Decl],
    attempt: u64,
    names: &mut Vec<&'static str>,
) -> Vec<Vec<Decl>> {
    let mut first = decls.to_vec();
    let mut second = decls.to_vec();
    let most = usize::try_from(6u64.saturating_sub(attempt))
        .unwrap_or(1)
        .max(1);
    for _ in 0..1 + rng.below(most) {
        edit(rng, &mut second, names);
    }
    if rng.chance(30) {
        names.push("journey added");
        leave_out(rng, &mut first);
    }
    let mut all = vec![first, second.clone()];
    if rng.chance(30) {
        let third = match rng.chance(40) {
            true => all[0].clone(),
            false => {
                names.push("three versions");
                let mut third = second;
                edit(rng, &mut third, names);
                third
            }
        };
        all.push(third);
    }
    all
}

fn leave_out(rng: &mut Rng, decls: &mut [Decl]) {
    let spare: Vec<usize> = (0..decls.len()).filter(|at| decls[*at].spare).collect();
    if spare.len() > 1 {
        let gone = &mut decls[rng.pick(&spare)];
        (gone.text, gone.spare) = (String::new(), false);
    }
}

fn edit(rng: &mut Rng, decls: &mut [Decl], names: &mut Vec<&'static str>) {
    type Edit = fn(&mut Rng, &mut [Decl]) -> bool;
    const ALL: [(&str, Edit); 16] = [
        ("waits", waits),
        ("waits again", waits),
        ("steps", steps),
        ("constants", constants),
        ("audiences", audiences),
        ("functions", functions),
        ("texts", texts),
        ("parameters", parameters),
        ("journey removed", |rng, decls| {
            leave_out(rng, decls);
            true
        }),
        ("fields of events", |rng, decls| {
            fields(rng, decls, &["event e", "broadcast e"])
        }),
        ("fields of the profile", |rng, decls| {
            fields(rng, decls, &["profile"])
        }),
        ("enums", enums),
        ("limits", limits),
        ("shares", shares),
        ("decisions", decisions),
        ("holds", holds),
    ];
    for _ in 0..8 {
        let (name, change) = rng.pick(&ALL);
        if change(rng, decls) {
            names.push(name);
            return;
        }
    }
}

/// Declarations that begin so.
fn of(decls: &[Decl], heads: &[&str]) -> Vec<usize> {
    let begins = |at: &usize| {
        let text = decls[*at].text.trim_start();
        heads.iter().any(|head| text.starts_with(head))
    };
    (0..decls.len()).filter(begins).collect()
}

/// Changes one of the lines that fit.
fn change_line(
    rng: &mut Rng,
    decls: &mut [Decl],
    fits: impl Fn(&str) -> bool,
    change: impl FnOnce(&mut Rng, &str) -> String,
) -> bool {
    let mut places = Vec::new();
    for (decl, text) in decls.iter().enumerate() {
        let lines = text.text.lines().enumerate();
        places.extend(
            lines
                .filter(|(_, line)| fits(line))
                .map(|(at, _)| (decl, at)),
        );
    }
    if places.is_empty() {
        return false;
    }
    let (decl, at) = rng.pick(&places);
    let text = &decls[decl].text;
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    let changed = change(rng, &lines[at]);
    let is_new = changed != lines[at];
    lines[at] = changed;
    decls[decl].text = lines.join("\n");
    is_new
}

/// The first number of a line, another one.
fn other_number(rng: &mut Rng, line: &str) -> String {
    let Some(from) = line.find(|c: char| c.is_ascii_digit()) else {
        return line.to_owned();
    };
    let rest = &line[from..];
    let length = rest
        .find(|c: char| !c.is_ascii_digit())
        .unwrap_or(rest.len());
    let number = 1 + rng.below(5);
    format!("{}{number}{}", &line[..from], &rest[length..])
}

fn waits(rng: &mut Rng, decls: &mut [Decl]) -> bool {
    let units = [" minutes", " hours", " days", " hour", " day"];
    let fits = |line: &str| {
        let line = line.trim_start();
        line.starts_with("wait") && units.iter().any(|unit| line.contains(unit))
    };
    change_line(rng, decls, fits, |rng, line| {
        let (from, to) = rng.pick(&[
            (" hours", " minutes"),
            (" days", " hours"),
            ("1 ", "2 "),
            ("3 ", "1 "),
            ("2 ", "5 "),
        ]);
        line.replacen(from, to, 1)
    })
}

/// Another step at the beginning, or a member of a journey gone.
fn steps(rng: &mut Rng, decls: &mut [Decl]) -> bool {
    let journeys = of(decls, &["journey j"]);
    if journeys.is_empty() {
        return false;
    }
    let at = rng.pick(&journeys);
    let mut lines: Vec<String> = decls[at].text.lines().map(str::to_owned).collect();
    let member = |line: &String| {
        let words = [
            "    reenter",
            "    exit on",
            "    goal",
            "    while",
            "    holdout",
        ];
        words.iter().any(|word| line.starts_with(word)) && !line.ends_with('{')
    };
    let members: Vec<usize> = (0..lines.len()).filter(|at| member(&lines[*at])).collect();
    if rng.chance(40) && !members.is_empty() {
        lines.remove(rng.pick(&members));
    } else {
        let steps = ["wait 20 minutes", "wait 2 days", "wait until 10:30"];
        lines.insert(2, format!("    {}", rng.pick(&steps)));
    }
    decls[at].text = lines.join("\n");
    true
}

fn constants(rng: &mut Rng, decls: &mut [Decl]) -> bool {
    let fits = |line: &str| line.starts_with("const c_text") || line.starts_with("const c_dur");
    change_line(rng, decls, fits, |rng, line| {
        if line.starts_with("const c_text") {
            return format!("const c_text = \"{}\"", rng.pick(&["a", "k1", "other"]));
        }
        format!(
            "const c_dur = {}",
            rng.pick(&["2 hours", "4 days", "15 minutes"])
        )
    })
}

fn audiences(rng: &mut Rng, decls: &mut [Decl]) -> bool {
    let all = of(decls, &["audience a"]);
    if all.is_empty() {
        return false;
    }
    let at = rng.pick(&all);
    let text = decls[at].text.clone();
    let Some((head, words)) = text.split_once(" = ") else {
        return false;
    };
    let event = rng.pick(&["e0", "signed_up"]);
    decls[at].text = match rng.below(4) {
        0 => format!("{head} = not ({words})"),
        1 => format!("{head} = ({words}) or any {event} in last 2 days"),
        2 => format!("{head} = ({words}) and count {event} in last 10 days < 3"),
        _ => format!("{head} = count {event} ever >= 1"),
    };
    true
}

fn functions(rng: &mut Rng, decls: &mut [Decl]) -> bool {
    change_line(
        rng,
        decls,
        |line| line.starts_with("fn fun"),
        |rng, line| {
            let Some((head, body)) = line.split_once(" = ") else {
                return line.to_owned();
            };
            let first = rng.pick(&["n0", "n0", body]);
            format!("{head} = if {} == {} then {first} else ({body})", 1, 1)
        },
    )
}

fn texts(rng: &mut Rng, decls: &mut [Decl]) -> bool {
    let fits = |line: &str| line.contains("subject: \"") || line.contains("text: \"");
    change_line(rng, decls, fits, |_, line| {
        line.replacen(": \"", ": \"new ", 1)
    })
}

/// A message takes one more.
fn parameters(rng: &mut Rng, decls: &mut [Decl]) -> bool {
    let messages = of(decls, &["message m"]);
    if messages.is_empty() {
        return false;
    }
    let at = rng.pick(&messages);
    let text = decls[at].text.clone();
    let name: String = text["message ".len()..]
        .chars()
        .take_while(|c| *c != '(')
        .collect();
    if !text.contains('(') || name.contains(' ') {
        return false;
    }
    let called = format!("{name}(");
    for decl in decls.iter_mut() {
        if decl.text.starts_with(&format!("message {called}")) {
            let none = decl.text.contains(&format!("{called})"));
            let more = if none { "extra: int" } else { "extra: int, " };
            decl.text = decl.text.replacen(&called, &format!("{called}{more}"), 1);
            let texts = [
                ("subject: \"", "subject: \"{extra} "),
                ("text: \"", "text: \"{extra} "),
            ];
            for (from, to) in texts {
                decl.text = decl.text.replace(from, to);
            }
        } else if decl.text.contains(&format!("= {called}")) {
            let none = decl.text.contains(&format!("{called})"));
            let more = if none { "7" } else { "7, " };
            decl.text = decl.text.replace(&called, &format!("{called}{more}"));
        }
    }
    true
}

/// Fields of one declaration in another order, and one more.
fn fields(rng: &mut Rng, decls: &mut [Decl], heads: &[&str]) -> bool {
    let all = of(decls, heads);
    if all.is_empty() {
        return false;
    }
    let at = rng.pick(&all);
    let text = decls[at].text.clone();
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    let is_field = |line: &String| {
        let line = line.trim_start();
        line.contains(": ") && !line.starts_with("let ") && !line.starts_with("keep ")
    };
    let places: Vec<usize> = (0..lines.len())
        .filter(|at| is_field(&lines[*at]))
        .collect();
    let (Some(first), Some(last)) = (places.first().copied(), places.last().copied()) else {
        return false;
    };
    if last - first + 1 != places.len() {
        return false;
    }
    for place in first..last {
        let other = place + rng.below(last - place + 1);
        lines.swap(place, other);
    }
    if rng.chance(60) {
        let more = rng.pick(&[
            "    extra: text?",
            "    extra: int = 3",
            "    extra: tier = gold",
        ]);
        lines.insert(first + rng.below(last - first + 1), more.to_owned());
    }
    decls[at].text = lines.join("\n");
    true
}

fn enums(rng: &mut Rng, decls: &mut [Decl]) -> bool {
    let fits = |line: &str| line.starts_with("enum ");
    change_line(rng, decls, fits, |rng, line| {
        let Some((head, rest)) = line.split_once("{ ") else {
            return line.to_owned();
        };
        let values = rest.trim_end_matches(" }");
        let mut values: Vec<&str> = values.split(", ").collect();
        for place in 0..values.len() {
            let other = place + rng.below(values.len() - place);
            values.swap(place, other);
        }
        if head.contains("tier") && rng.chance(30) {
            values.insert(rng.below(values.len()), "onyx");
        }
        format!("{head}{{ {} }}", values.join(", "))
    })
}

fn limits(rng: &mut Rng, decls: &mut [Decl]) -> bool {
    let fits = |line: &str| line.trim_start().starts_with("limit ") && line.contains(" per ");
    if rng.chance(25) {
        return change_line(
            rng,
            decls,
            |line| line.starts_with("    to "),
            |rng, line| {
                let count = 1 + rng.below(2);
                format!(
                    "{line}\n    limit {count} per {}",
                    rng.pick(&["1 day", "5 hours", "calendar day"])
                )
            },
        );
    }
    change_line(rng, decls, fits, |rng, line| {
        let from = line.find(" per ").unwrap_or_default();
        let digit = line[..from].rfind(' ').map_or(0, |at| at + 1);
        format!("{}{}{}", &line[..digit], 1 + rng.below(4), &line[from..])
    })
}

fn shares(rng: &mut Rng, decls: &mut [Decl]) -> bool {
    let mut changed = false;
    for decl in decls.iter_mut().filter(|decl| decl.text.contains("arm0 ")) {
        let to = rng.pick(&[("50%", "50%"), ("99%", "1%"), ("1%", "99%"), ("20%", "80%")]);
        for from in [
            ("arm0 50% =>", "arm1 50% =>"),
            ("arm0 99% =>", "arm1 1% =>"),
        ] {
            let before = decl.text.clone();
            decl.text = decl
                .text
                .replace(from.0, &format!("arm0 {} =>", to.0))
                .replace(from.1, &format!("arm1 {} =>", to.1));
            if before != decl.text {
                changed = true;
                break;
            }
        }
    }
    changed
}

fn decisions(rng: &mut Rng, decls: &mut [Decl]) -> bool {
    let fits = |line: &str| {
        let line = line.trim_start();
        ["explore ", "priority ", "weight ", "value "]
            .iter()
            .any(|word| line.starts_with(word))
    };
    change_line(rng, decls, fits, other_number)
}

/// A purpose holds something else, or nothing.
fn holds(rng: &mut Rng, decls: &mut [Decl]) -> bool {
    change_line(
        rng,
        decls,
        |line| line.starts_with("    hold while "),
        |rng, _| {
            let held = [
                "",
                "    hold while p0",
                "    hold while any e0 in last 1 day",
            ];
            rng.pick(&held).to_owned()
        },
    )
}

/// The first version, and what each later one says otherwise, declaration by declaration.
pub(super) fn difference(texts: &[Vec<Decl>]) -> String {
    let mut all: String = texts[0].iter().map(|d| format!("{}\n", d.text)).collect();
    for pair in texts.windows(2) {
        all.push_str("\n-- deployed over it:\n");
        for decl in &pair[0] {
            if pair[1].iter().all(|other| other.text != decl.text) {
                all.push_str(&format!("- {}\n", decl.text.replace('\n', "\n- ")));
            }
        }
        for decl in &pair[1] {
            if pair[0].iter().all(|other| other.text != decl.text) {
                all.push_str(&format!("+ {}\n", decl.text.replace('\n', "\n+ ")));
            }
        }
    }
    all
}
