//! One declaration's face: its name, its types, the names that it uses; never a body.

#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "an outline is about a few kinds of members and steps, and of the rest it knows nothing"
)]

use crate::names::sent::sent_of;
use crate::names::uses::{Use, calculates, uses_of};
use crate::versions::Older;
use journey_grammar::tree::{
    ChannelDecl, ConstDecl, DecisionDecl, DecisionMemberKind, Decl, DeclKind, EnumDecl, EventDecl,
    FieldDecl, IdentityDecl, JourneyDecl, MessageDecl, ModelDecl, ModelKind, Name, OfferDecl,
    OfferMember, OfferMemberKind, OfferTypeDecl, OutcomeDecl, Param, ProfileDecl, SendBy, Step,
    StepKind, TableDecl, TypeDecl, TypeRef, WaitWhat,
};
use std::collections::BTreeSet;
use std::sync::Arc;

#[derive(Clone, Debug, Default, PartialEq)]
pub struct Signature {
    /// empty for what has no name: profile, identity, tests, broken declarations
    pub name: Name,
    pub kind: SigKind,
    /// the messages whose sends it asks histories of
    pub sent: BTreeSet<String>,
    /// it is kept of an older version
    pub older: Option<Arc<Older>>,
}

#[derive(Clone, Debug, Default, PartialEq)]
pub enum SigKind {
    /// nothing that another declaration could see
    #[default]
    Nothing,
    Enum(EnumDecl),
    Type(TypeDecl),
    Const(ConstDecl, Vec<Use>),
    Fn {
        params: Vec<Param>,
        result: TypeRef,
        uses: Vec<Use>,
        /// it does arithmetic itself
        calculates: bool,
    },
    Event(EventDecl),
    Source,
    Profile(ProfileDecl, Vec<Vec<Use>>),
    Identity(IdentityDecl),
    Purpose {
        /// it has a `hold`: an audience without a name of its own
        held: bool,
    },
    Audience(Vec<Use>),
    Channel {
        /// outcomes, then answers
        outcomes: Vec<OutcomeDecl>,
        /// names of the answers among them
        answers: BTreeSet<String>,
        carries: Vec<FieldDecl>,
    },
    Limit,
    Holdout,
    Conversion,
    Measure,
    Message {
        params: Vec<Param>,
        purpose: Option<String>,
        channels: Vec<String>,
        tags: Vec<String>,
        /// its own, in the place of its channels'
        answers: Vec<OutcomeDecl>,
    },
    OfferType(OfferTypeDecl),
    /// without what is no constant of it
    Group(Vec<OfferMember>),
    Offer(Box<OfferDecl>),
    Decision(DecisionFace),
    Model {
        of_offer: bool,
        result: TypeRef,
        uses: Vec<Use>,
    },
    /// what it is given by `enter on start(…)`, if it is entered so
    Journey(Outline, Option<Vec<Param>>),
    Table(TableDecl),
}

/// What others see of a decision.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct DecisionFace {
    pub params: Vec<Param>,
    pub result: TypeRef,
    pub outcomes: Vec<String>,
    /// it always gives an offer
    pub otherwise: bool,
}

/// What tests may say of a journey.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outline {
    /// its named steps
    pub steps: BTreeSet<String>,
    /// step and message of each send
    pub sends: BTreeSet<(String, String)>,
    /// steps that decide
    pub decides: BTreeSet<String>,
    /// split and arm
    pub arms: BTreeSet<(String, String)>,
    pub reasons: BTreeSet<String>,
    pub holdout: bool,
}

impl Signature {
    pub fn of(decl: &Decl) -> Self {
        let (name, kind) = match &decl.kind {
            DeclKind::Enum(d) => (d.name.clone(), SigKind::Enum(d.clone())),
            DeclKind::Type(d) => (d.name.clone(), SigKind::Type(d.clone())),
            DeclKind::Const(d) => {
                let uses = uses_of(&d.value);
                (d.name.clone(), SigKind::Const(d.clone(), uses))
            }
            DeclKind::Fn(d) => (
                d.name.clone(),
                SigKind::Fn {
                    params: d.params.clone(),
                    result: d.result.clone(),
                    uses: uses_of(&d.body),
                    calculates: calculates(&d.body),
                },
            ),
            DeclKind::Event(d) => (d.name.clone(), SigKind::Event(d.clone())),
            DeclKind::Source(d) => (d.name.clone(), SigKind::Source),
            DeclKind::Profile(d) => {
                let uses = d.lets.iter().map(|l| uses_of(&l.value)).collect();
                (Name::default(), SigKind::Profile(d.clone(), uses))
            }
            DeclKind::Identity(d) => (Name::default(), SigKind::Identity(d.clone())),
            DeclKind::Purpose(d) => {
                let held = !d.holds.is_empty();
                (d.name.clone(), SigKind::Purpose { held })
            }
            DeclKind::Audience(d) => (d.name.clone(), SigKind::Audience(uses_of(&d.value))),
            DeclKind::Channel(d) => (d.name.clone(), channel(d)),
            DeclKind::Limit(d) => (d.name.clone().unwrap_or_default(), SigKind::Limit),
            DeclKind::Holdout(d) => (d.name.clone(), SigKind::Holdout),
            DeclKind::Message(d) => (d.name.clone(), message(d)),
            DeclKind::Conversion(d) => (d.name.clone(), SigKind::Conversion),
            DeclKind::Measure(d) => (d.name.clone(), SigKind::Measure),
            DeclKind::Journey(d) => (d.name.clone(), SigKind::Journey(outline(d), start_of(d))),
            DeclKind::OfferType(d) => (d.name.clone(), SigKind::OfferType(d.clone())),
            DeclKind::Group(d) => (d.name.clone(), SigKind::Group(members(&d.members))),
            DeclKind::Offer(d) => (
                d.name.clone(),
                SigKind::Offer(Box::new(OfferDecl {
                    members: members(&d.members),
                    ..d.clone()
                })),
            ),
            DeclKind::Model(d) => (d.name.clone(), model(d)),
            DeclKind::Decision(d) => (d.name.clone(), SigKind::Decision(decision(d))),
            DeclKind::Table(d) => (d.name.clone(), SigKind::Table(d.clone())),
            DeclKind::Test(_) | DeclKind::Broken => (Name::default(), SigKind::Nothing),
        };
        let sent = sent_of(decl);
        Self {
            name,
            kind,
            sent,
            older: None,
        }
    }
}

fn channel(decl: &ChannelDecl) -> SigKind {
    let answers = || decl.answers.iter().flat_map(|answers| &answers.answers);
    SigKind::Channel {
        outcomes: decl.outcomes.iter().chain(answers()).cloned().collect(),
        answers: answers().map(|answer| answer.name.text.clone()).collect(),
        carries: decl.carries.iter().flat_map(|c| c.fields.clone()).collect(),
    }
}

fn message(decl: &MessageDecl) -> SigKind {
    SigKind::Message {
        params: decl.params.clone(),
        purpose: decl.purpose.as_ref().map(|name| name.text.clone()),
        tags: decl.tags.iter().map(|tag| tag.text.clone()).collect(),
        channels: decl
            .bodies
            .iter()
            .map(|body| body.channel.text.clone())
            .collect(),
        answers: decl
            .answers
            .iter()
            .flat_map(|answers| answers.answers.clone())
            .collect(),
    }
}

/// What an offer or a group says that others can see: all but who is eligible.
fn members(members: &[OfferMember]) -> Vec<OfferMember> {
    let kept = members
        .iter()
        .filter(|member| !matches!(member.kind, OfferMemberKind::Eligible(_)));
    kept.cloned().collect()
}

fn model(decl: &ModelDecl) -> SigKind {
    let uses = match &decl.kind {
        ModelKind::Formula(e) => uses_of(e),
        ModelKind::File { inputs, .. } => inputs
            .iter()
            .flat_map(|input| uses_of(&input.value))
            .collect(),
        ModelKind::Learned { .. } => Vec::new(),
    };
    SigKind::Model {
        of_offer: decl.of_offer.is_some(),
        result: decl.result.clone(),
        uses,
    }
}

fn decision(decl: &DecisionDecl) -> DecisionFace {
    let mut face = DecisionFace {
        params: decl.params.clone(),
        result: decl.result.clone(),
        ..DecisionFace::default()
    };
    for member in &decl.members {
        match &member.kind {
            DecisionMemberKind::Outcomes(outcomes) => {
                let names = outcomes.iter().map(|outcome| outcome.name.text.clone());
                face.outcomes.extend(names);
            }
            DecisionMemberKind::Else(_) => face.otherwise = true,
            _ => {}
        }
    }
    face
}

fn start_of(decl: &JourneyDecl) -> Option<Vec<Param>> {
    use journey_grammar::tree::MemberKind;
    decl.members.iter().find_map(|member| match &member.kind {
        MemberKind::EnterStart { params, .. } => Some(params.clone()),
        _ => None,
    })
}

fn outline(decl: &JourneyDecl) -> Outline {
    use journey_grammar::tree::MemberKind;
    let mut outline = Outline::default();
    for member in &decl.members {
        match &member.kind {
            MemberKind::Holdout { .. } => outline.holdout = true,
            MemberKind::Exit {
                steps: Some(steps), ..
            } => outline.add(steps),
            _ => {}
        }
    }
    outline.add(&decl.steps);
    outline
}

impl Outline {
    fn add(&mut self, steps: &[Step]) {
        for step in steps {
            self.add_one(&step.kind);
            for block in blocks(&step.kind) {
                self.add(block);
            }
        }
    }

    fn add_one(&mut self, step: &StepKind) {
        match step {
            StepKind::Wait {
                name: Some(name), ..
            }
            | StepKind::WaitUntil {
                name: Some(name), ..
            }
            | StepKind::WaitFor {
                name: Some(name), ..
            } => {
                self.steps.insert(name.text.clone());
            }
            StepKind::Split { name, arms, .. } => {
                self.steps.insert(name.text.clone());
                for arm in arms {
                    self.arms.insert((name.text.clone(), arm.name.text.clone()));
                }
            }
            StepKind::Send(send) => {
                let name = send.name.as_ref().unwrap_or(&send.message);
                self.steps.insert(name.text.clone());
                self.sends
                    .insert((name.text.clone(), send.message.text.clone()));
            }
            StepKind::Decide { name, .. } => {
                self.decides.insert(name.text.clone());
            }
            StepKind::End {
                reason: Some(reason),
            } => {
                self.reasons.insert(reason.text.clone());
            }
            _ => {}
        }
    }
}

/// The blocks of steps inside a step.
pub fn blocks(step: &StepKind) -> Vec<&[Step]> {
    match step {
        StepKind::WaitUntil {
            past: Some(steps), ..
        }
        | StepKind::Repeat { steps, .. } => {
            vec![steps]
        }
        StepKind::WaitFor { what, .. } => match what {
            WaitWhat::Arms(arms) | WaitWhat::Step { arms, .. } => {
                arms.iter().map(|arm| arm.steps.as_slice()).collect()
            }
            WaitWhat::One(_) | WaitWhat::Missing(_) => Vec::new(),
        },
        StepKind::If { arms, otherwise } => {
            let then = arms.iter().map(|(_, steps)| steps.as_slice());
            then.chain(otherwise.as_deref()).collect()
        }
        StepKind::Match { arms, .. } => arms.iter().map(|arm| arm.steps.as_slice()).collect(),
        StepKind::Split { arms, .. } => arms.iter().map(|arm| arm.steps.as_slice()).collect(),
        StepKind::Send(send) => send.otherwise.as_deref().into_iter().collect(),
        StepKind::Wait { .. }
        | StepKind::WaitUntil { past: None, .. }
        | StepKind::Decide { .. }
        | StepKind::Let { .. }
        | StepKind::Set { .. }
        | StepKind::Emit { .. }
        | StepKind::Mute { .. }
        | StepKind::Start { .. }
        | StepKind::Withdraw { .. }
        | StepKind::Collect { .. }
        | StepKind::Leave
        | StepKind::Again
        | StepKind::Restart { .. }
        | StepKind::End { .. }
        | StepKind::Broken => Vec::new(),
    }
}

/// The channels that a send names.
pub(crate) fn channels_of(by: &SendBy) -> Vec<&Name> {
    match by {
        SendBy::Missing(_) => Vec::new(),
        SendBy::One(name) => vec![name],
        SendBy::FirstOf(names) => names.iter().collect(),
    }
}
