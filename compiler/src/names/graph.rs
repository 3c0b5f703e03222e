//! Who depends on whom: an order in which everything comes after what it needs, and the circles.
//! One explicit graph, without recursion, so that neither a circle nor a long chain can hurt.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// Nodes by name; edges to what each needs.
#[derive(Debug, Default)]
pub struct Graph {
    needs: BTreeMap<String, BTreeSet<String>>,
}

/// What the graph says.
#[derive(Debug, Default)]
pub struct Order {
    /// everything, each after what it needs; members of circles last
    pub order: Vec<String>,
    /// each circle once: its names in the order of need, beginning with the first by name
    pub circles: Vec<Vec<String>>,
}

impl Graph {
    pub fn node(&mut self, name: impl Into<String>) {
        self.needs.entry(name.into()).or_default();
    }
    /// `from` needs `to`; both must be nodes, other names are ignored when the order is made.
    pub fn edge(&mut self, from: impl Into<String>, to: impl Into<String>) {
        self.needs.entry(from.into()).or_default().insert(to.into());
    }

    /// Sorts by need, then by name.
    pub fn order(&self) -> Order {
        let mut waiting: BTreeMap<&str, usize> = BTreeMap::new();
        let mut users: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for (name, needs) in &self.needs {
            let known = needs.iter().filter(|need| self.needs.contains_key(*need));
            waiting.insert(name, known.clone().count());
            for need in known {
                users.entry(need).or_default().push(name);
            }
        }
        let mut ready: BTreeSet<&str> = waiting
            .iter()
            .filter(|(_, n)| **n == 0)
            .map(|(name, _)| *name)
            .collect();
        let mut order = Vec::new();
        while let Some(name) = ready.pop_first() {
            waiting.remove(name);
            order.push(name.to_owned());
            for user in users.get(name).into_iter().flatten() {
                if let Some(count) = waiting.get_mut(user) {
                    *count -= 1;
                    if *count == 0 {
                        ready.insert(user);
                    }
                }
            }
        }
        let rest: BTreeSet<&str> = waiting.into_keys().collect();
        let circles = self.circles(&rest);
        order.extend(rest.into_iter().map(str::to_owned));
        Order { order, circles }
    }

    /// The shortest circle through each name that is in one and in none before.
    fn circles(&self, rest: &BTreeSet<&str>) -> Vec<Vec<String>> {
        let mut seen: BTreeSet<String> = BTreeSet::new();
        let mut circles = Vec::new();
        for start in rest {
            if !seen.contains(*start)
                && let Some(circle) = self.circle(start, rest)
            {
                seen.extend(circle.iter().cloned());
                circles.push(circle);
            }
        }
        circles
    }

    fn circle(&self, start: &str, rest: &BTreeSet<&str>) -> Option<Vec<String>> {
        let mut from: BTreeMap<&str, &str> = BTreeMap::new();
        let mut queue = VecDeque::from([start]);
        while let Some(name) = queue.pop_front() {
            for need in self.needs.get(name).into_iter().flatten() {
                if need == start {
                    let mut circle = vec![name.to_owned()];
                    let mut at = name;
                    while let Some(before) = from.get(at) {
                        circle.push((*before).to_owned());
                        at = before;
                    }
                    circle.reverse();
                    return Some(circle);
                }
                if rest.contains(need.as_str()) && !from.contains_key(need.as_str()) {
                    from.insert(need, name);
                    queue.push_back(need);
                }
            }
        }
        None
    }
}
