//! A small program, built by hand: what the compiler would make of a shop with one cart journey. Tests
//! change it to what they are about.
#![expect(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    clippy::cast_possible_truncation,
    reason = "helpers of tests, over tables that they have just built"
)]

use journey_program::host::HostOp;
use journey_program::ir::words::WordOp;
use journey_program::ir::{Block, BlockId, Cmp, Function, Inst, Place, Reg, Repr, Space, Term, Ty};
use journey_program::layout::{Layouter, Probes, layouts};
use journey_program::plan::*;
use journey_program::types::*;

pub(crate) const HOUR: i64 = 3_600_000;
pub(crate) const DAY: i64 = 24 * HOUR;
/// 2026-01-05T10:00:00Z, a Monday
pub(crate) const T0: i64 = 1_767_607_200_000;

pub(crate) const CART: EventId = EventId(0);
pub(crate) const ORDER: EventId = EventId(1);
pub(crate) const CLICKED: EventId = EventId(2);
pub(crate) const LOST: EventId = EventId(3);
/// places of fields in the records of events
pub(crate) const CART_ID: u32 = 4;
pub(crate) const VALUE: u32 = 5;

/// Fields of the profile.
pub(crate) const USER_ID: u32 = 0;
pub(crate) const EMAIL: u32 = 1;
pub(crate) const TIMEZONE: u32 = 2;
pub(crate) const POINTS: u32 = 3;

pub(crate) struct Shop {
    pub(crate) program: Program,
    layouter: Layouter,
}

fn field(name: &str, ty: Type) -> FieldDef {
    FieldDef {
        name: name.to_owned(),
        ty,
        default: None,
        pii: false,
    }
}

fn event_record(name: &str, own: &[(&str, Type)]) -> RecordDef {
    let fields = EVENT_FIELDS.iter().chain(own);
    RecordDef {
        name: name.to_owned(),
        fields: fields.map(|(name, ty)| field(name, ty.clone())).collect(),
    }
}

fn event(name: &str, record: u32) -> EventPlan {
    EventPlan {
        keep: None,
        name: name.to_owned(),
        record: RecordId(record),
        outcome: None,
        decided: None,
        broadcast: false,
        feed_fn: None,
        filters: Vec::new(),
        consents: Vec::new(),
        feeds: Vec::new(),
    }
}

pub(crate) fn pattern(event: EventId) -> PatternPlan {
    PatternPlan {
        event,
        also: Vec::new(),
        filter: None,
        key: None,
        each: None,
        of_send: None,
    }
}

impl Shop {
    pub(crate) fn new() -> Self {
        let optional = |ty: Type| ty.optional();
        let cart = [("cart_id", Type::Text), ("value", Type::Int)];
        let records = vec![
            RecordDef {
                name: "profile".to_owned(),
                fields: vec![
                    field("user_id", optional(Type::Text)),
                    field("email", optional(Type::Text)),
                    field("timezone", optional(Type::Timezone)),
                    field("points", Type::Int),
                ],
            },
            event_record("cart_updated", &cart),
            event_record("order_placed", &cart),
            event_record("email.clicked", &[("send", Type::Text)]),
            event_record("cart_lost", &cart),
        ];
        let layouts = layouts(&records, &Probes::new());
        let mut layouter = Layouter::after(layouts[0].size);
        let consent = layouter.bytes(4, 1);
        let audiences = layouter.bytes(4, 1);
        let mut clicked = event("email.clicked", 3);
        clicked.outcome = Some((ChannelId(0), 0));
        let profile = ProfilePlan {
            record: RecordId(0),
            size: layouter.finish(),
            consent,
            muted: 0,
            audiences,
            timezone: Some(TIMEZONE),
            ignore: Vec::new(),
            traits: Vec::new(),
            identifiers: vec![IdentifierPlan {
                name: "user_id".to_owned(),
                field: USER_ID,
                normalise: None,
                shared: None,
            }],
        };
        let program = Program {
            name: "shop".to_owned(),
            timezone: "UTC".to_owned(),
            records,
            layouts,
            texts: vec!["Come back".to_owned()],
            profile,
            events: vec![
                event("cart_updated", 1),
                event("order_placed", 2),
                clicked,
                event("cart_lost", 4),
            ],
            purposes: vec![PurposePlan {
                name: "marketing".to_owned(),
                consent: ConsentRule::OptIn,
                hold: None,
            }],
            channels: Vec::new(),
            messages: vec!["cart_reminder".to_owned()],
            ..Program::default()
        };
        let mut shop = Self { program, layouter };
        let address = shop.address();
        shop.program.channels.push(ChannelPlan {
            name: "email".to_owned(),
            address: Some(address),
            outcomes: vec![CLICKED],
            deliver: "none".to_owned(),
            ..ChannelPlan::default()
        });
        shop
    }

    pub(crate) fn function(
        &mut self,
        name: &str,
        params: &[Ty],
        regs: &[Ty],
        blocks: Vec<Block>,
        results: &[Ty],
    ) -> FunctionId {
        self.program.functions.push(Function {
            name: name.to_owned(),
            params: params.to_vec(),
            results: results.to_vec(),
            regs: params.iter().chain(regs).copied().collect(),
            blocks,
        });
        self.program.contexts.push(FunctionContext::default());
        FunctionId(self.program.functions.len() as u32 - 1)
    }

    /// () → (known, text): the field `email`
    fn address(&mut self) -> FunctionId {
        let slot = self.program.layouts[0].fields[EMAIL as usize].clone();
        let (byte, bit) = slot.known.unwrap();
        let at = |offset| Place::At {
            space: Space::Profile,
            offset,
        };
        let insts = vec![
            Inst::Bit {
                dst: Reg(0),
                place: at(byte),
                bit,
            },
            Inst::Load {
                dst: Reg(1),
                place: at(slot.offset),
                repr: Repr::Text,
            },
        ];
        let term = Term::Return(vec![Reg(0), Reg(1)]);
        let types = [Ty::Bool, Ty::Text];
        self.function("email.to", &[], &types, vec![Block { insts, term }], &types)
    }

    /// () → (): content 0 is the constant text 0
    pub(crate) fn render(&mut self) -> FunctionId {
        let insts = vec![
            Inst::ConstInt {
                dst: Reg(0),
                value: 0,
            },
            Inst::ConstText {
                dst: Reg(1),
                text: TextId(0),
            },
            Inst::Call {
                dst: None,
                op: HostOp::Content,
                args: vec![Reg(0), Reg(1)],
                site: SiteId(0),
            },
        ];
        let block = Block {
            insts,
            term: Term::Return(Vec::new()),
        };
        self.function(
            "cart_reminder.email",
            &[],
            &[Ty::Int, Ty::Text],
            vec![block],
            &[],
        )
    }

    /// (resume) → stop: one stop for each place to go on at.
    pub(crate) fn run(&mut self, stops: &[(Outcome, i64, i64)]) -> FunctionId {
        self.run_with(stops.iter().map(|stop| (Vec::new(), *stop)).collect())
    }

    /// The same, with instructions before each stop; registers from 4 on are theirs.
    pub(crate) fn run_with(&mut self, stops: Vec<(Vec<Inst>, (Outcome, i64, i64))>) -> FunctionId {
        let targets = (1..=stops.len())
            .map(|block| BlockId(block as u32))
            .collect();
        let first = Term::Switch {
            value: Reg(0),
            targets,
            otherwise: BlockId(1),
        };
        let mut blocks = vec![Block {
            insts: Vec::new(),
            term: first,
        }];
        for (mut insts, (outcome, index, value)) in stops {
            insts.extend([
                Inst::ConstInt {
                    dst: Reg(1),
                    value: outcome as i64,
                },
                Inst::ConstInt {
                    dst: Reg(2),
                    value: index,
                },
                Inst::ConstInt { dst: Reg(3), value },
            ]);
            blocks.push(Block {
                insts,
                term: Term::Return(vec![Reg(1), Reg(2), Reg(3)]),
            });
        }
        let regs = [
            Ty::Int,
            Ty::Int,
            Ty::Int,
            Ty::Int,
            Ty::Int,
            Ty::Ref,
            Ty::Text,
        ];
        self.function(
            "run",
            &[Ty::Int],
            &regs,
            blocks,
            &[Ty::Int, Ty::Int, Ty::Int],
        )
    }

    /// A history of an event, its answer in the profile; `field`: what is folded.
    pub(crate) fn history(
        &mut self,
        event: EventId,
        aggregate: HistoryAggregate,
        field: Option<u32>,
        window: HistoryWindow,
        exact: u32,
    ) -> HistoryId {
        let answer = match aggregate {
            HistoryAggregate::Count | HistoryAggregate::Sum | HistoryAggregate::Distinct => {
                Type::Int
            }
            HistoryAggregate::Avg
            | HistoryAggregate::Min
            | HistoryAggregate::Max
            | HistoryAggregate::First
            | HistoryAggregate::Last
            | HistoryAggregate::Top => Type::Int.optional(),
            HistoryAggregate::Decayed => Type::Number,
            HistoryAggregate::AvgGap | HistoryAggregate::MedianGap => Type::Duration.optional(),
        };
        let slot = self.layouter.slot(&answer, &self.program.layouts);
        self.program.profile.size = self.layouter.finish();
        let id = HistoryId(self.program.histories.len() as u32);
        self.program.histories.push(HistoryPlan {
            asks: 0,
            event,
            aggregate,
            value: field.into_iter().collect(),
            ty: Type::Int,
            window,
            exact,
            pane_ms: HOUR,
            up_to: 0,
            slot: Some(slot),
            keyed: None,
            sequence: None,
            half_life: 0,
            everyone: false,
        });
        self.program.events[event.index()].feeds.push(Feed {
            when: None,
            history: id,
            second: false,
        });
        id
    }

    /// A predicate: a history's answer compared with a number.
    pub(crate) fn predicate(&mut self, history: HistoryId, op: Cmp, value: i64) -> FunctionId {
        let block = Block {
            insts: self.compared(history, op, value),
            term: Term::Return(vec![Reg(1)]),
        };
        self.function(
            "predicate",
            &[],
            &[Ty::Int, Ty::Bool],
            vec![block],
            &[Ty::Bool],
        )
    }

    fn compared(&self, history: HistoryId, op: Cmp, value: i64) -> Vec<Inst> {
        let slot = self.program.histories[history.index()]
            .slot
            .clone()
            .unwrap();
        let place = Place::At {
            space: Space::Profile,
            offset: slot.offset,
        };
        vec![
            Inst::Load {
                dst: Reg(0),
                place,
                repr: slot.repr,
            },
            Inst::IntCmpConst {
                dst: Reg(1),
                op,
                a: Reg(0),
                value,
            },
        ]
    }

    /// One audience: a history's answer compared with a number.
    pub(crate) fn audience(
        &mut self,
        name: &str,
        history: HistoryId,
        op: Cmp,
        value: i64,
    ) -> AudienceId {
        let mut insts = self.compared(history, op, value);
        insts.push(Inst::Word {
            dst: Reg(2),
            op: WordOp::Pack(vec![Reg(1)]),
        });
        let block = Block {
            insts,
            term: Term::Return(vec![Reg(2)]),
        };
        let regs = [Ty::Int, Ty::Bool, Ty::Int];
        let together = self.function("audiences", &[], &regs, vec![block], &[Ty::Int]);
        self.program.audiences_fn = Some(together);
        self.program.audiences.push(AudiencePlan {
            name: name.to_owned(),
            watch: Watch {
                histories: vec![history],
                ..Watch::default()
            },
        });
        AudienceId(self.program.audiences.len() as u32 - 1)
    }

    /// A journey that stops as it is told.
    pub(crate) fn journey(
        &mut self,
        name: &str,
        enter: EnterPlan,
        run: FunctionId,
    ) -> &mut JourneyPlan {
        let render = self.render();
        let send = SendPlan {
            expires: None,
            answers: Vec::new(),
            answer_within: None,
            step: StepId(1),
            message: 0,
            purpose: PurposeId(0),
            channels: vec![SendChannel {
                channel: ChannelId(0),
                fields: vec!["subject".to_owned()],
                render,
            }],
            prefer: None,
            preferred: Vec::new(),
            reason: None,
            channel: None,
            shows: Vec::new(),
            combined: None,
            resume_sent: 2,
            resume_skipped: 3,
        };
        let step = |name: &str| StepName {
            name: name.to_owned(),
            site: 0,
        };
        let entry = self.program.layouts[1].size;
        self.program.journeys.push(JourneyPlan {
            version: None,
            places: Vec::new(),
            migrations: Vec::new(),
            snapshot: None,
            name: name.to_owned(),
            priority: 0,
            enter,
            key: None,
            reenter: ReenterPlan::Never,
            watch: None,
            exits: Vec::new(),
            goals: Vec::new(),
            goal_within: None,
            goal_of_last_send: false,
            holdout: None,
            salt: String::new(),
            instance: InstancePlan {
                size: entry,
                entry: Some(0),
                locals: Vec::new(),
                beside: Vec::new(),
            },
            run,
            waits: Vec::new(),
            sends: vec![send],
            splits: Vec::new(),
            decides: Vec::new(),
            reasons: vec!["enough".to_owned()],
            start: 0,
            recalls: Vec::new(),
            steps: vec![step("first"), step("reminder"), step("second")],
        });
        self.program.journeys.last_mut().unwrap()
    }

    /// Enters on a cart, waits an hour, sends, waits two days, ends.
    pub(crate) fn reminder(&mut self) -> &mut JourneyPlan {
        let run = self.run(&[
            (Outcome::Wait, 0, HOUR),
            (Outcome::Send, 0, 0),
            (Outcome::Wait, 1, 2 * DAY),
            (Outcome::End, 1, 0),
        ]);
        let mut on = pattern(CART);
        on.key = Some(CART_ID);
        let journey = self.journey(
            "abandoned_cart",
            EnterPlan::On {
                pattern: on,
                element: None,
            },
            run,
        );
        journey.key = Some(Type::Text);
        journey.waits = vec![wait(0, 1, Vec::new()), wait(2, 3, Vec::new())];
        journey
    }
}

pub(crate) fn wait(step: u32, timeout: u32, arms: Vec<WaitArmPlan>) -> WaitPlan {
    WaitPlan {
        step: StepId(step),
        kind: WaitKind::Duration,
        arms,
        timeout,
        past: timeout,
        collect: None,
    }
}

pub(crate) fn arm(event: EventId, resume: u32) -> WaitArmPlan {
    WaitArmPlan {
        pattern: pattern(event),
        resume,
        bind: None,
        recall: None,
        audience: None,
    }
}
