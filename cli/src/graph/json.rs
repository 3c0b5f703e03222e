//! The picture as JSON: `{"journey": …, "nodes": […], "links": […]}`, one object a line.

use super::links::Links;
use serde::Serialize;

#[derive(Serialize)]
struct Graph<'a> {
    journey: &'a str,
    #[serde(flatten)]
    links: &'a Links,
}

/// One line, without its line feed.
pub fn line(journey: &str, links: &Links) -> String {
    serde_json::to_string(&Graph { journey, links }).unwrap_or_default()
}
