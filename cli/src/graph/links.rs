//! The picture as nodes and links, for languages that lay out by themselves: mermaid and dot.

use super::{Kind, Label, Shape};
use serde::Serialize;
use std::fmt::Write;

#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Links {
    pub nodes: Vec<Node>,
    pub links: Vec<Link>,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Node {
    pub id: usize,
    pub kind: Kind,
    pub label: String,
    /// of the program; 0 where it stands for none
    pub line: u32,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Link {
    pub from: usize,
    pub to: usize,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub label: String,
}

/// An end that leads to whatever comes next: from a node, with a label.
type Loose = (usize, String);

impl Links {
    pub fn of(shape: &Shape) -> Self {
        let mut links = Self::default();
        links.add(shape, Vec::new());
        links
    }

    fn node(&mut self, kind: Kind, label: &Label, from: Vec<Loose>) -> usize {
        let id = self.nodes.len();
        self.nodes.push(Node {
            id,
            kind,
            label: label.text.clone(),
            line: label.line,
        });
        self.links
            .extend(from.into_iter().map(|(from, label)| Link {
                from,
                to: id,
                label,
            }));
        id
    }

    /// Adds a shape below the loose ends; returns its own.
    fn add(&mut self, shape: &Shape, from: Vec<Loose>) -> Vec<Loose> {
        match shape {
            Shape::Node { kind, label } => vec![(self.node(*kind, label, from), String::new())],
            Shape::Seq(shapes) => shapes.iter().fold(from, |loose, s| self.add(s, loose)),
            Shape::Fork { kind, label, arms } => {
                let id = self.node(*kind, label, from);
                let mut loose = Vec::new();
                for (label, arm) in arms {
                    loose.extend(self.add(arm, vec![(id, label.clone())]));
                }
                loose
            }
            Shape::Loop { label, body } => {
                let id = self.node(Kind::Loop, label, from);
                let back = self.add(body, vec![(id, "each".to_owned())]);
                self.links
                    .extend(back.into_iter().map(|(from, label)| Link {
                        from,
                        to: id,
                        label,
                    }));
                vec![(id, "done".to_owned())]
            }
            Shape::Stop { label } => {
                self.node(Kind::End, label, from);
                Vec::new()
            }
        }
    }

    /// A mermaid flowchart.
    pub fn mermaid(&self) -> String {
        let mut out = "flowchart TD\n".to_owned();
        for node in &self.nodes {
            let (open, close) = match node.kind {
                Kind::Enter | Kind::End => ("([", "])"),
                Kind::Wait => ("{{", "}}"),
                Kind::Choice | Kind::Split => ("{", "}"),
                Kind::Send => ("[/", "/]"),
                Kind::Act | Kind::Loop => ("[", "]"),
            };
            let label = node.label.replace('"', "#quot;");
            let _ = writeln!(out, "    n{}{open}\"{label}\"{close}", node.id);
        }
        for link in &self.links {
            let label = link.label.replace('"', "#quot;");
            let arrow = if label.is_empty() {
                "-->".to_owned()
            } else {
                format!("-->|\"{label}\"|")
            };
            let _ = writeln!(out, "    n{} {arrow} n{}", link.from, link.to);
        }
        out
    }

    /// A graphviz digraph.
    pub fn dot(&self, name: &str) -> String {
        let quoted = |text: &str| text.replace('\\', "\\\\").replace('"', "\\\"");
        let mut out = format!(
            "digraph \"{}\" {{\n    node [fontname=\"Helvetica\"];\n",
            quoted(name)
        );
        for node in &self.nodes {
            let shape = match node.kind {
                Kind::Enter | Kind::End => "oval",
                Kind::Wait => "hexagon",
                Kind::Choice | Kind::Split => "diamond",
                Kind::Send => "note",
                Kind::Act | Kind::Loop => "box",
            };
            let _ = writeln!(
                out,
                "    n{} [shape={shape}, label=\"{}\"];",
                node.id,
                quoted(&node.label)
            );
        }
        for link in &self.links {
            let _ = writeln!(
                out,
                "    n{} -> n{} [label=\"{}\"];",
                link.from,
                link.to,
                quoted(&link.label)
            );
        }
        out.push_str("}\n");
        out
    }
}
