//! A small program with something in every table, sound, and the host that its functions run against.

use journey_program::host::{Host, HostOp};
use journey_program::ir::{FaultCode, Repr, Space};
use journey_program::layout::{Layouter, Probes, layouts};
use journey_program::plan::*;
use journey_program::raw::{RawExpr, RawOp};
use journey_program::text::parse_functions;
use journey_program::types::*;

const FUNCTIONS: &str = "
function event.order.feed() -> bool
regs num num bool
b0:
  r0:num = load event+24 num
  r1:num = const num 50.0
  r2:bool = num.gt r0 r1
  return r2
end
function audiences() -> int
regs int bool int
b0:
  r0:int = load profile+8 int
  r1:bool = int.ge r0 3
  r2:int = pack r1
  return r2
end
function journey.welcome.run(int) -> int int int
regs int int int int bool
b0:
  r1:int = const 0
  r2:int = const 0
  jump b1
b1:
  fuel @0
  r3:int = const 1
  r2:int = int.add r2 r3 @0
  store instance+0 int r2
  r4:bool = int.lt r2 r0
  branch r4 b1 b2
b2:
  return r1 r2 r2
end
function channel.email.to() -> bool text
regs bool text
b0:
  r0:bool = bit profile+0 0
  r1:text = load profile+16 text
  return r0 r1
end
function journey.welcome.hello.email() -> 
regs int text
b0:
  r0:int = const 0
  r1:text = const text 1
  call Content r0 r1 @0
  return
end
";

fn field(name: &str, ty: Type) -> FieldDef {
    FieldDef {
        name: name.to_owned(),
        ty,
        default: None,
        pii: false,
    }
}

pub(crate) fn pattern(event: u32) -> PatternPlan {
    PatternPlan {
        event: EventId(event),
        also: Vec::new(),
        filter: None,
        key: None,
        each: None,
        of_send: None,
    }
}

fn records() -> Vec<RecordDef> {
    let note = FieldDef {
        default: Some(Value::List(vec![Value::Text("x".to_owned())])),
        ..field("tags", Type::List(Box::new(Type::Text)))
    };
    vec![
        RecordDef {
            name: "profile".to_owned(),
            fields: vec![
                field("orders", Type::Int),
                field("email", Type::Text.optional()),
            ],
        },
        RecordDef {
            name: "order".to_owned(),
            fields: vec![
                field("id", Type::Text),
                field("at", Type::Time),
                field("total", Type::Number),
                note,
            ],
        },
    ]
}

pub(crate) fn program() -> Program {
    let records = records();
    let layouts = layouts(&records, &Probes::from([((RecordId(1), 3), vec![1])]));
    let mut beside = Layouter::after(layouts[0].size);
    let consent = beside.bytes(1, 1);
    let audiences = beside.bytes(1, 1);
    let count = beside.slot(&Type::Int, &layouts);
    let mut program = Program {
        name: "shop".to_owned(),
        version: "1.0.0".to_owned(),
        timezone: "Europe/London".to_owned(),
        enums: vec![EnumDef {
            name: "tier".to_owned(),
            values: vec!["none".to_owned(), "gold".to_owned()],
        }],
        element_types: vec![Type::Enum(EnumId(0))],
        texts: vec!["gold".to_owned(), "hello".to_owned()],
        regexes: vec!["^a".to_owned()],
        profile: ProfilePlan {
            record: RecordId(0),
            size: beside.finish(),
            consent,
            muted: 0,
            audiences,
            timezone: None,
            traits: Vec::new(),
            ignore: Vec::new(),
            identifiers: vec![IdentifierPlan {
                name: "email".to_owned(),
                field: 1,
                normalise: None,
                shared: None,
            }],
        },
        audiences_fn: Some(FunctionId(1)),
        messages: vec!["hello".to_owned()],
        functions: parse_functions(FUNCTIONS).unwrap(),
        sites: vec![Site {
            file: "shop.journey".to_owned(),
            start: 0,
            end: 4,
            line: 1,
            column: 1,
        }],
        records,
        layouts,
        ..Program::default()
    };
    let event = FunctionContext {
        event: Some(RecordId(1)),
        instance: None,
    };
    let instance = FunctionContext {
        event: None,
        instance: Some(JourneyId(0)),
    };
    let none = FunctionContext::default();
    program.contexts = vec![event, none, instance, none, instance];
    tables(&mut program, count);
    program
}

fn tables(program: &mut Program, count: FieldSlot) {
    program.events = vec![EventPlan {
        keep: None,
        name: "order".to_owned(),
        record: RecordId(1),
        outcome: None,
        decided: None,
        broadcast: false,
        feed_fn: Some(FunctionId(0)),
        filters: vec![FunctionId(0)],
        consents: vec![ConsentChange {
            when: None,
            purpose: PurposeId(0),
            granted: true,
            channels: vec![ChannelId(0)],
        }],
        feeds: vec![Feed {
            when: Some(0),
            history: HistoryId(0),
            second: false,
        }],
    }];
    program.histories = vec![HistoryPlan {
        asks: 0,
        event: EventId(0),
        aggregate: HistoryAggregate::Count,
        value: vec![],
        ty: Type::Int,
        window: HistoryWindow::Last(1000),
        exact: 3,
        pane_ms: 1,
        up_to: 0,
        slot: Some(count),
        keyed: None,
        sequence: None,
        half_life: 0,
        everyone: false,
    }];
    program.purposes = vec![PurposePlan {
        name: "marketing".to_owned(),
        consent: ConsentRule::OptIn,
        hold: None,
    }];
    program.audiences = vec![AudiencePlan {
        name: "regular".to_owned(),
        watch: Watch {
            histories: vec![HistoryId(0)],
            ..Watch::default()
        },
    }];
    program.channels = vec![ChannelPlan {
        name: "email".to_owned(),
        address: Some(FunctionId(3)),
        quiet: vec![QuietPlan {
            from: 75_600_000,
            to: 28_800_000,
            purposes: vec![PurposeId(0)],
        }],
        limits: vec![LimitPlan {
            count: 3,
            window: LimitWindow::Week,
            ..LimitPlan::default()
        }],
        deliver: "none".to_owned(),
        ..ChannelPlan::default()
    }];
    program.journeys = vec![journey()];
    program.sources = sources();
}

fn sources() -> Vec<SourcePlan> {
    vec![SourcePlan {
        name: "till".to_owned(),
        format: SourceFormat::Csv,
        identify: vec![("email".to_owned(), RawExpr::Path(vec!["mail".to_owned()]))],
        rules: vec![SourceRule {
            each: None,
            when: Some(RawExpr::Matches(
                Box::new(RawExpr::Path(vec!["x".to_owned()])),
                0,
            )),
            target: SourceTarget::Event(EventId(0)),
            at: None,
            id: None,
            assigns: vec![(
                2,
                RawExpr::Binary(
                    RawOp::Mul,
                    Box::new(RawExpr::Path(vec!["n".to_owned()])),
                    Box::new(RawExpr::Number("2.50".to_owned())),
                ),
            )],
        }],
    }]
}

fn journey() -> JourneyPlan {
    let mut block = Layouter::after(0);
    let local = block.slot(&Type::Int, &[]);
    let entry = block.bytes(64, 8);
    JourneyPlan {
        version: None,
        places: Vec::new(),
        migrations: Vec::new(),
        snapshot: None,
        name: "welcome".to_owned(),
        priority: 0,
        enter: EnterPlan::On {
            pattern: pattern(0),
            element: None,
        },
        key: None,
        reenter: ReenterPlan::Always,
        watch: None,
        exits: vec![ExitPlan {
            pattern: pattern(0),
            reason: "done".to_owned(),
            resume: None,
            bind: None,
        }],
        goals: vec![pattern(0)],
        goal_within: Some(5),
        goal_of_last_send: false,
        holdout: Some(HoldoutPlan {
            below: 1 << 60,
            salt: String::new(),
        }),
        salt: String::new(),
        instance: InstancePlan {
            size: block.finish(),
            entry: Some(entry),
            locals: vec![("n".to_owned(), local, Type::Int)],
            beside: Vec::new(),
        },
        run: FunctionId(2),
        waits: vec![wait(entry)],
        sends: vec![send()],
        splits: vec![],
        decides: Vec::new(),
        reasons: vec!["done".to_owned()],
        start: 0,
        recalls: vec![],
        steps: ["w", "hello"]
            .map(|name| StepName {
                name: name.to_owned(),
                site: 0,
            })
            .into(),
    }
}

fn wait(entry: u32) -> WaitPlan {
    WaitPlan {
        step: StepId(0),
        kind: WaitKind::Duration,
        arms: vec![WaitArmPlan {
            pattern: pattern(0),
            resume: 1,
            bind: Some((entry, None)),
            recall: None,
            audience: None,
        }],
        timeout: 2,
        past: 2,
        collect: None,
    }
}

fn send() -> SendPlan {
    SendPlan {
        expires: None,
        answers: Vec::new(),
        answer_within: None,
        step: StepId(1),
        message: 0,
        purpose: PurposeId(0),
        channels: vec![SendChannel {
            channel: ChannelId(0),
            fields: vec!["body".to_owned()],
            render: FunctionId(4),
        }],
        prefer: None,
        preferred: vec![],
        reason: None,
        channel: None,
        shows: Vec::new(),
        combined: None,
        resume_sent: 3,
        resume_skipped: 4,
    }
}

/// Memory, a clock, and operations that give back what they were asked.
#[derive(Default)]
pub(crate) struct ToyHost {
    pub(crate) profile: Vec<u8>,
    pub(crate) event: Vec<u8>,
    pub(crate) instance: Vec<u8>,
    pub(crate) calls: Vec<(HostOp, Vec<i64>)>,
    pub(crate) refuse: Option<FaultCode>,
}

impl Host for ToyHost {
    fn call(&mut self, op: HostOp, args: &[i64]) -> Result<i64, FaultCode> {
        self.calls.push((op, args.to_vec()));
        match self.refuse {
            Some(code) => Err(code),
            None => Ok(args.iter().fold(7, |sum, arg| sum ^ arg)),
        }
    }
    fn block(&self, space: Space) -> &[u8] {
        match space {
            Space::Profile => &self.profile,
            Space::Event => &self.event,
            Space::Instance => &self.instance,
            Space::Const | Space::Scratch => &[],
        }
    }
    fn instance(&mut self) -> &mut [u8] {
        &mut self.instance
    }
    fn clock(&self) -> i64 {
        1_767_607_200_000
    }
}

#[test]
fn the_sample_is_sound() {
    let program = program();
    assert_eq!(journey_program::verify::verify(&program), Ok(()));
    assert_eq!(program.layouts[1].fields[2].repr, Repr::Num);
}
