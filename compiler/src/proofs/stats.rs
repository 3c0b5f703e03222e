//! What `journey check --stats` says: bounds and sizes of each journey, who can be in each audience, and how
//! audiences lie to each other. Bounds are upper bounds; where there is none, the cause is named.

use super::amount::Amount;
use super::audiences::{both, one_not_other, who_among};
use super::limits::{self, HoldoutStats, LimitStats};
use super::reads::Reads;
use super::trained::{self, FeatureStats};
use super::translate::{Translator, View};
use super::{Verdict, ask, bounds, person_bounds};
use crate::db::{Db, Workspace};
use crate::hir::{Audience, Expr, Journey, Send, Step, StepKind};
use crate::lower::walk::every_step;
use journey_program::plan::ConsentRule;
use journey_program::show;
use journey_program::types::{AudienceId, ChannelId, GroupId, JourneyId, OfferId, Type};
use serde::Serialize;
use serde_json::{Value, json};

/// Pairs of audiences are compared in programs of at most so many.
const COMPARED_MAX: usize = 60;

#[derive(Clone, Debug, Serialize)]
pub struct JourneyStats {
    pub journey: String,
    /// which goes first where limits hold back
    pub priority: i64,
    /// states of its machine: where an instance may rest, and its end
    pub states: usize,
    pub steps: usize,
    #[serde(serialize_with = "amount")]
    pub messages: Amount,
    #[serde(serialize_with = "amount")]
    pub life_ms: Amount,
    #[serde(serialize_with = "amount")]
    pub messages_per_day: Amount,
    #[serde(serialize_with = "amount")]
    pub messages_per_week: Amount,
    pub sends: Vec<SendStats>,
}

/// One way of one send: what its gates ask.
#[derive(Clone, Debug, Serialize)]
pub struct SendStats {
    pub step: String,
    pub message: String,
    pub channel: String,
    /// `opt_in`, `opt_out`, `not_needed`
    pub consent: &'static str,
    /// somebody whose address is unknown, in words; None: it is always known, or none is needed
    pub without_address: Option<String>,
}

#[derive(Clone, Debug, Serialize)]
pub struct AudienceStats {
    pub audience: String,
    /// somebody in it, in words; None: nobody, or not decided
    pub inside: Option<String>,
    pub outside: Option<String>,
    pub decided: bool,
    /// audiences that whoever is in this one is in too
    pub implies: Vec<String>,
    pub equals: Vec<String>,
    pub excludes: Vec<String>,
}

#[derive(Clone, Debug, Default, Serialize)]
pub struct Stats {
    pub journeys: Vec<JourneyStats>,
    pub audiences: Vec<AudienceStats>,
    /// what offers, their groups and decisions ask of a person
    pub eligibilities: Vec<AudienceStats>,
    pub limits: Vec<LimitStats>,
    pub holdouts: Vec<HoldoutStats>,
    pub features: Vec<FeatureStats>,
    /// of one person, by all journeys together: a day, a week
    pub person: Option<PersonStats>,
}

#[derive(Clone, Debug, Serialize)]
pub struct PersonStats {
    #[serde(serialize_with = "amount")]
    pub messages_per_day: Amount,
    #[serde(serialize_with = "amount")]
    pub messages_per_week: Amount,
}

pub(super) fn amount<S: serde::Serializer>(amount: &Amount, to: S) -> Result<S::Ok, S::Error> {
    match amount {
        Amount::AtMost(n) => to.serialize_u64(*n),
        Amount::Unbounded(cause) => json!({ "unbounded": cause }).serialize(to),
    }
}

/// The bounds and sizes of a program.
pub fn stats(db: &dyn Db, workspace: Workspace) -> Stats {
    let reads = Reads { db, workspace };
    let world = reads.world();
    let journeys: Vec<&Journey> = (0..world.journeys.len())
        .filter_map(|at| reads.journey(JourneyId::new(at)))
        .collect();
    let audiences: Vec<&Audience> = (0..world.audiences.len())
        .filter_map(|at| reads.audience_of(AudienceId::new(at)))
        .collect();
    Stats {
        journeys: journeys.iter().map(|j| of_journey(&reads, j)).collect(),
        audiences: of_audiences(&reads, &audiences),
        eligibilities: of_eligibilities(&reads),
        limits: limits::stats(&reads, &journeys),
        holdouts: limits::holdouts(&reads),
        features: trained::stats(&reads),
        person: (!journeys.is_empty()).then(|| PersonStats {
            messages_per_day: person_bounds::of_journeys(&reads, &journeys, person_bounds::DAY_MS),
            messages_per_week: person_bounds::of_journeys(
                &reads,
                &journeys,
                person_bounds::WEEK_MS,
            ),
        }),
    }
}

fn of_journey(reads: &Reads<'_>, journey: &Journey) -> JourneyStats {
    let mut steps = 0;
    every_step(&journey.steps, &mut |_| steps += 1);
    JourneyStats {
        journey: journey.name.clone(),
        priority: journey.priority,
        states: bounds::states(journey) + 1,
        steps,
        messages: bounds::messages(reads, journey),
        life_ms: bounds::life(reads, journey),
        messages_per_day: person_bounds::of_journeys(reads, &[journey], person_bounds::DAY_MS),
        messages_per_week: person_bounds::of_journeys(reads, &[journey], person_bounds::WEEK_MS),
        sends: sends(reads, journey),
    }
}

fn sends(reads: &Reads<'_>, journey: &Journey) -> Vec<SendStats> {
    let mut sends = Vec::new();
    let mut see = |step: &Step| {
        if let StepKind::Send(send) = &step.kind {
            let ways = send.channels.iter();
            sends.extend(ways.filter_map(|channel| way(reads, journey, send, *channel)));
        }
    };
    every_step(&journey.steps, &mut see);
    for exit in &journey.exits {
        every_step(exit.steps.as_deref().unwrap_or_default(), &mut see);
    }
    sends
}

fn way(reads: &Reads<'_>, journey: &Journey, send: &Send, id: ChannelId) -> Option<SendStats> {
    let message = reads.message(send.message)?;
    let without_address = reads.channel(id).and_then(|channel| {
        let mut translator = Translator::new(reads);
        let known = translator.sym(channel.to.as_ref()?).known;
        match ask(&mut translator, known.negated()) {
            Verdict::For(person) | Verdict::Perhaps(person) => Some(person.said()),
            Verdict::Never | Verdict::NotDecided => None,
        }
    });
    Some(SendStats {
        step: journey.named.get(send.step.0 as usize)?.name.clone(),
        message: message.name.clone(),
        channel: bounds::name_of(reads, id),
        consent: match reads.purpose(message.purpose)?.consent {
            ConsentRule::OptIn => "opt_in",
            ConsentRule::OptOut => "opt_out",
            ConsentRule::NotNeeded => "not_needed",
        },
        without_address,
    })
}

fn of_audiences(reads: &Reads<'_>, all: &[&Audience]) -> Vec<AudienceStats> {
    let all: Vec<(String, &Expr)> = all
        .iter()
        .map(|audience| (audience.name.clone(), &audience.predicate))
        .collect();
    all.iter()
        .map(|of| of_predicate(reads, of, &[], &all))
        .collect()
}

/// Conditions of offers and groups beside each other; what a decision asks may read its arguments.
fn of_eligibilities(reads: &Reads<'_>) -> Vec<AudienceStats> {
    let world = reads.world();
    let offers = (0..world.offers.len()).filter_map(|at| reads.offer(OfferId::new(at)));
    let offers = offers.map(|offer| (&offer.name, &offer.rules));
    let groups = (0..world.groups.len()).filter_map(|at| reads.group(GroupId::new(at)));
    let groups = groups.map(|group| (&group.name, &group.rules));
    let all: Vec<(String, &Expr)> = offers
        .chain(groups)
        .filter_map(|(name, rules)| Some((name.clone(), rules.eligible.as_ref()?)))
        .collect();
    let mut stats: Vec<AudienceStats> = all
        .iter()
        .map(|of| of_predicate(reads, of, &[], &all))
        .collect();
    for decision in reads.decisions() {
        if let Some(only) = &decision.only {
            let locals: Vec<Type> = decision.locals.iter().map(|l| l.ty.clone()).collect();
            let of = (decision.name.clone(), only);
            stats.push(of_predicate(reads, &of, &locals, &[]));
        }
    }
    stats
}

fn of_predicate(
    reads: &Reads<'_>,
    (name, predicate): &(String, &Expr),
    locals: &[Type],
    all: &[(String, &Expr)],
) -> AudienceStats {
    let inside = who_among(reads, locals, predicate, true);
    let outside = who_among(reads, locals, predicate, false);
    let open = |verdict: &Verdict| matches!(verdict, Verdict::Perhaps(_) | Verdict::NotDecided);
    let said = |verdict: &Verdict| match verdict {
        Verdict::For(person) => Some(person.said()),
        Verdict::Perhaps(_) | Verdict::Never | Verdict::NotDecided => None,
    };
    let mut stats = AudienceStats {
        audience: name.clone(),
        inside: said(&inside),
        outside: said(&outside),
        decided: !open(&inside) && !open(&outside),
        implies: Vec::new(),
        equals: Vec::new(),
        excludes: Vec::new(),
    };
    // nobody is in all others, and everybody in none: that is said once
    if inside == Verdict::Never || outside == Verdict::Never || all.len() > COMPARED_MAX {
        return stats;
    }
    for (other, its) in all.iter().filter(|(other, _)| other != name) {
        if both(reads, predicate, its) == Verdict::Never {
            stats.excludes.push(other.clone());
        } else if one_not_other(reads, predicate, its) == Verdict::Never {
            let equal = one_not_other(reads, its, predicate) == Verdict::Never;
            let list = if equal {
                &mut stats.equals
            } else {
                &mut stats.implies
            };
            list.push(other.clone());
        }
    }
    stats
}

impl Stats {
    /// One JSON object.
    pub fn json(&self) -> Value {
        json!({ "stats": self })
    }

    /// Lines for people.
    pub fn text(&self) -> String {
        let mut lines = Vec::new();
        for journey in &self.journeys {
            journey.lines(&mut lines);
        }
        for audience in &self.audiences {
            audience.lines("audience", &mut lines);
        }
        for eligibility in &self.eligibilities {
            eligibility.lines("eligible for", &mut lines);
        }
        for limit in &self.limits {
            lines.push(limit.line());
        }
        for holdout in &self.holdouts {
            lines.push(holdout.line());
        }
        for feature in &self.features {
            lines.push(feature.line());
        }
        if let Some(person) = &self.person {
            lines.push("a person, by all journeys".to_owned());
            lines.push(format!(
                "  messages a day        {}",
                most(&person.messages_per_day)
            ));
            lines.push(format!(
                "  messages a week       {}",
                most(&person.messages_per_week)
            ));
        }
        lines.push(String::new());
        lines.join("\n")
    }
}

impl JourneyStats {
    fn lines(&self, lines: &mut Vec<String>) {
        lines.push(format!("journey {}", self.journey));
        lines.push(format!("  {} steps, {} states", self.steps, self.states));
        lines.push(format!("  messages an instance  {}", most(&self.messages)));
        lines.push(format!(
            "  messages a day        {}",
            most(&self.messages_per_day)
        ));
        lines.push(format!(
            "  messages a week       {}",
            most(&self.messages_per_week)
        ));
        lines.push(format!(
            "  longest life          {}",
            said(&self.life_ms, length)
        ));
        for send in &self.sends {
            let address = send.without_address.as_ref().map_or_else(
                || "whose address is known".to_owned(),
                |who| format!("but not to {who}"),
            );
            let consent = match send.consent {
                "opt_in" => "to who agreed",
                "opt_out" => "to who did not object",
                _ => "to everybody",
            };
            let SendStats {
                step,
                message,
                channel,
                ..
            } = send;
            lines.push(format!(
                "  send {step}: {message} by {channel} {consent}, {address}"
            ));
        }
    }
}

impl AudienceStats {
    fn lines(&self, what: &str, lines: &mut Vec<String>) {
        lines.push(format!("{what} {}", self.audience));
        let line =
            |what: &str, who: &Option<String>| who.as_ref().map(|who| format!("  {what:<8} {who}"));
        lines.extend(line("in", &self.inside));
        lines.extend(line("out", &self.outside));
        if !self.decided {
            lines.push("  not decided for every person".to_owned());
        }
        for (what, names) in [
            ("implies", &self.implies),
            ("equals", &self.equals),
            ("excludes", &self.excludes),
        ] {
            if !names.is_empty() {
                lines.push(format!("  {what:<8} {}", names.join(", ")));
            }
        }
    }
}

fn most(amount: &Amount) -> String {
    said(amount, |n| n.to_string())
}

fn said(amount: &Amount, number: impl Fn(u64) -> String) -> String {
    match amount {
        Amount::AtMost(n) => format!("at most {}", number(*n)),
        Amount::Unbounded(cause) => format!("unbounded: {cause}"),
    }
}

fn length(ms: u64) -> String {
    match i64::try_from(ms) {
        Ok(0) => "no time at all".to_owned(),
        Ok(ms) => show::duration(ms),
        Err(_) => "ever".to_owned(),
    }
}
