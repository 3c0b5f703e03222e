//! The rules as IR by hand: what the code generator makes of branchless predicates, apart from what the
//! compiler makes of a program. Each distinct comparison is evaluated once.

use super::data::Pair;
use journey_program::ir::{Block, BlockId, Cmp, Function, Inst, Place, Reg, Repr, Space, Term, Ty};
use journey_program::plan::Program;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

#[derive(Clone, Debug)]
enum Expr {
    Or(Vec<Expr>),
    And(Vec<Expr>),
    Not(Box<Expr>),
    Field(String),
    Compare(Cmp, String, Rhs),
    In(String, Vec<String>),
    Tag(String),
}

#[derive(Clone, Debug)]
enum Rhs {
    Field(String),
    Text(String),
    Number(f64),
}

struct Parser<'a> {
    tokens: Vec<&'a str>,
    at: usize,
}

impl<'a> Parser<'a> {
    fn new(text: &'a str) -> Self {
        let mut tokens = Vec::new();
        let mut rest = text.trim_start();
        while let Some(first) = rest.chars().next() {
            let word = |c: char| c.is_alphanumeric() || c == '_' || c == '.';
            let len = if first == '"' {
                rest[1..].find('"').unwrap() + 2
            } else if word(first) {
                rest.find(|c| !word(c)).unwrap_or(rest.len())
            } else if ["<=", ">=", "==", "!="]
                .iter()
                .any(|op| rest.starts_with(op))
            {
                2
            } else {
                1
            };
            tokens.push(&rest[..len]);
            rest = rest[len..].trim_start();
        }
        Self { tokens, at: 0 }
    }
    fn peek(&self) -> &'a str {
        self.tokens.get(self.at).copied().unwrap_or("")
    }
    fn next(&mut self) -> &'a str {
        self.at += 1;
        self.tokens[self.at - 1]
    }
    fn or(&mut self) -> Expr {
        let mut all = vec![self.and()];
        while self.peek() == "or" {
            self.next();
            all.push(self.and());
        }
        if all.len() == 1 {
            all.remove(0)
        } else {
            Expr::Or(all)
        }
    }
    fn and(&mut self) -> Expr {
        let mut all = vec![self.not()];
        while self.peek() == "and" {
            self.next();
            all.push(self.not());
        }
        if all.len() == 1 {
            all.remove(0)
        } else {
            Expr::And(all)
        }
    }
    fn not(&mut self) -> Expr {
        match self.peek() {
            "not" => {
                self.next();
                Expr::Not(Box::new(self.not()))
            }
            "(" => {
                self.next();
                let inner = self.or();
                self.next();
                inner
            }
            _ => self.compare(),
        }
    }
    fn compare(&mut self) -> Expr {
        let left = self.next();
        if left.starts_with('"') {
            self.next();
            self.next();
            return Expr::Tag(left.trim_matches('"').to_owned());
        }
        let cmp = match self.peek() {
            "in" => {
                self.next();
                self.next();
                let mut set = Vec::new();
                while self.peek() != ")" {
                    let item = self.next();
                    if item != "," {
                        set.push(item.trim_matches('"').to_owned());
                    }
                }
                self.next();
                return Expr::In(left.to_owned(), set);
            }
            "==" => Cmp::Eq,
            "!=" => Cmp::Ne,
            "<" => Cmp::Lt,
            "<=" => Cmp::Le,
            ">" => Cmp::Gt,
            ">=" => Cmp::Ge,
            _ => return Expr::Field(left.to_owned()),
        };
        self.next();
        let right = self.next();
        let right = if right.starts_with('"') {
            Rhs::Text(right.trim_matches('"').to_owned())
        } else if right.starts_with("p.") || right.starts_with("e.") {
            Rhs::Field(right.to_owned())
        } else {
            Rhs::Number(right.parse().unwrap())
        };
        Expr::Compare(cmp, left.to_owned(), right)
    }
}

/// Where fields lie, and what the texts of each are numbered.
pub struct Shape {
    places: BTreeMap<String, (Repr, Place)>,
    numbers: BTreeMap<String, BTreeMap<String, u32>>,
    sizes: [u32; 2],
}

impl Shape {
    /// Numbers by eight bytes, then small ints, enums and bools by one, the tags' mask at the front.
    pub fn new(pairs: &[Pair]) -> Self {
        let mut forms: BTreeMap<String, (usize, Repr)> = BTreeMap::new();
        let mut texts: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for pair in pairs {
            for (side, which, prefix) in [(0, "profile", "p"), (1, "event", "e")] {
                for (name, value) in pair.raw[which].as_object().unwrap() {
                    let key = format!("{prefix}.{name}");
                    let repr = match value {
                        Value::Bool(_) => Repr::Bool,
                        Value::Number(n) if n.is_f64() => Repr::Num,
                        Value::Number(_) if name != "ts" => Repr::Int,
                        Value::String(text) if name != "id" => {
                            texts.entry(domain(&key)).or_default().insert(text.clone());
                            Repr::Byte
                        }
                        _ => continue,
                    };
                    forms.insert(key, (side, repr));
                }
            }
        }
        let tags = pairs
            .iter()
            .flat_map(|pair| pair.raw["profile"]["tags"].as_array().unwrap());
        let tags = tags.map(|tag| tag.as_str().unwrap().to_owned()).collect();
        texts.insert("tags".to_owned(), tags);
        let mut shape = Self {
            places: BTreeMap::new(),
            numbers: BTreeMap::new(),
            sizes: [8 + 8 * 30, 0],
        };
        for (name, set) in texts {
            shape
                .numbers
                .insert(name, set.into_iter().zip(0..).collect());
        }
        for wide in [true, false] {
            for (name, (side, repr)) in &forms {
                let length = if matches!(repr, Repr::Int | Repr::Num) {
                    8
                } else {
                    1
                };
                if (length == 8) == wide {
                    let space = if *side == 0 {
                        Space::Profile
                    } else {
                        Space::Event
                    };
                    let place = Place::At {
                        space,
                        offset: shape.sizes[*side],
                    };
                    shape.places.insert(name.clone(), (*repr, place));
                    shape.sizes[*side] += length;
                }
            }
        }
        shape
    }

    /// The two blocks of a pair.
    pub fn blocks(&self, pair: &Pair) -> [Vec<u8>; 2] {
        let mut blocks = self.sizes.map(|size| vec![0u8; size as usize]);
        let mask = pair.raw["profile"]["tags"]
            .as_array()
            .unwrap()
            .iter()
            .fold(0, |mask, tag| {
                mask | 1u64 << self.numbers["tags"][tag.as_str().unwrap()]
            });
        blocks[0][..8].copy_from_slice(&mask.to_le_bytes());
        for (at, cap) in pair.profile.caps.iter().enumerate() {
            let at = 8 + 8 * at;
            blocks[0][at..at + 8].copy_from_slice(&i64::from(*cap).to_le_bytes());
        }
        for (name, (repr, place)) in &self.places {
            let Place::At { space, offset } = place else {
                continue;
            };
            let (which, field) = name.split_once('.').unwrap();
            let value = &pair.raw[if which == "p" { "profile" } else { "event" }][field];
            let bytes = match repr {
                Repr::Bool => vec![u8::from(value.as_bool().unwrap())],
                Repr::Byte => {
                    vec![self.numbers[&domain(name)][value.as_str().unwrap()] as u8]
                }
                Repr::Num => value.as_f64().unwrap().to_le_bytes().to_vec(),
                _ => value.as_i64().unwrap().to_le_bytes().to_vec(),
            };
            let at = *offset as usize;
            blocks[*space as usize][at..at + bytes.len()].copy_from_slice(&bytes);
        }
        blocks
    }
}

/// Both categories are of one kind.
fn domain(name: &str) -> String {
    if name.ends_with("category") {
        "category".to_owned()
    } else {
        name.to_owned()
    }
}

struct Emitter<'a> {
    shape: &'a Shape,
    insts: Vec<Inst>,
    regs: Vec<Ty>,
    seen: BTreeMap<String, Reg>,
}

impl<'a> Emitter<'a> {
    fn new(shape: &'a Shape) -> Self {
        Self {
            shape,
            insts: Vec::new(),
            regs: Vec::new(),
            seen: BTreeMap::new(),
        }
    }
    /// Its cap and its rule.
    fn offer(&mut self, number: u32, cap: i64, rule: &Expr) -> Reg {
        let b = self.expr(rule);
        let place = Place::At {
            space: Space::Profile,
            offset: 8 + 8 * number,
        };
        let (shown, a, dst) = (self.reg(Ty::Int), self.reg(Ty::Bool), self.reg(Ty::Bool));
        self.insts.extend([
            Inst::Load {
                dst: shown,
                place,
                repr: Repr::Int,
            },
            Inst::IntCmpConst {
                dst: a,
                op: Cmp::Lt,
                a: shown,
                value: cap,
            },
            Inst::And { dst, a, b },
        ]);
        dst
    }
    fn reg(&mut self, ty: Ty) -> Reg {
        self.regs.push(ty);
        Reg(self.regs.len() as u32 - 1)
    }
    /// The value made for this key before, or now.
    fn once(&mut self, key: String, ty: Ty, make: impl FnOnce(&mut Self, Reg) -> Inst) -> Reg {
        if let Some(reg) = self.seen.get(&key) {
            return *reg;
        }
        let dst = self.reg(ty);
        let inst = make(self, dst);
        self.insts.push(inst);
        self.seen.insert(key, dst);
        dst
    }
    fn field(&mut self, name: &str) -> (Reg, Ty) {
        let (repr, place) = self.shape.places[name];
        let ty = match repr {
            Repr::Bool => Ty::Bool,
            Repr::Num => Ty::Num,
            _ => Ty::Int,
        };
        let reg = self.once(name.to_owned(), ty, |_, dst| Inst::Load {
            dst,
            place,
            repr,
        });
        (reg, ty)
    }
    fn expr(&mut self, expr: &Expr) -> Reg {
        match expr {
            Expr::Or(all) => self.fold(all, |dst, a, b| Inst::Or { dst, a, b }),
            Expr::And(all) => self.fold(all, |dst, a, b| Inst::And { dst, a, b }),
            Expr::Not(inner) => {
                let a = self.expr(inner);
                let key = format!("not {}", a.0);
                self.once(key, Ty::Bool, |_, dst| Inst::Not { dst, a })
            }
            Expr::Field(name) => self.field(name).0,
            Expr::Tag(tag) => {
                let bit = self.shape.numbers["tags"][tag];
                let place = Place::At {
                    space: Space::Profile,
                    offset: bit / 8,
                };
                let bit = (bit % 8) as u8;
                self.once(format!("tag {tag}"), Ty::Bool, |_, dst| Inst::Bit {
                    dst,
                    place,
                    bit,
                })
            }
            Expr::In(name, set) => {
                let (a, _) = self.field(name);
                let number = |item: &String| {
                    let names = self.shape.numbers.get(&domain(name));
                    names.map_or_else(|| item.parse().unwrap(), |names| names[item])
                };
                let mask = set.iter().fold(0, |mask, item| mask | 1u64 << number(item));
                self.once(format!("{name} in {mask}"), Ty::Bool, |_, dst| {
                    Inst::InMask { dst, a, mask }
                })
            }
            Expr::Compare(op, name, rhs) => self.compare(*op, name, rhs),
        }
    }
    fn compare(&mut self, op: Cmp, name: &str, rhs: &Rhs) -> Reg {
        let (a, ty) = self.field(name);
        let key = format!("{name} {op:?} {rhs:?}");
        match rhs {
            Rhs::Number(value) if ty == Ty::Num => {
                let bits = value.to_bits();
                let b = self.once(format!("{value}"), Ty::Num, |_, dst| Inst::ConstNum {
                    dst,
                    bits,
                });
                self.once(key, Ty::Bool, |_, dst| Inst::NumCmp { dst, op, a, b })
            }
            Rhs::Number(value) => {
                let value = *value as i64;
                self.once(key, Ty::Bool, |_, dst| Inst::IntCmpConst {
                    dst,
                    op,
                    a,
                    value,
                })
            }
            Rhs::Text(text) => {
                let value = i64::from(self.shape.numbers[&domain(name)][text]);
                self.once(key, Ty::Bool, |_, dst| Inst::IntCmpConst {
                    dst,
                    op,
                    a,
                    value,
                })
            }
            Rhs::Field(other) => {
                let (b, _) = self.field(other);
                self.once(key, Ty::Bool, |_, dst| match ty {
                    Ty::Num => Inst::NumCmp { dst, op, a, b },
                    _ => Inst::IntCmp { dst, op, a, b },
                })
            }
        }
    }
    fn fold(&mut self, all: &[Expr], inst: fn(Reg, Reg, Reg) -> Inst) -> Reg {
        let mut result = self.expr(&all[0]);
        for next in &all[1..] {
            let b = self.expr(next);
            let dst = self.reg(Ty::Bool);
            self.insts.push(inst(dst, result, b));
            result = dst;
        }
        result
    }
}

/// Two functions: the fifty predicates, branchless; the branch of ten.
pub fn program(shape: &Shape) -> Program {
    let rules = std::fs::read_to_string(super::data::folder().join("rules.txt")).unwrap();
    let mut predicates = Emitter::new(shape);
    let (mut results, mut offers) = (Vec::new(), 0);
    let mut branches = Vec::new();
    for line in rules.lines() {
        let Some((head, text)) = line.split_once(':') else {
            continue;
        };
        let words: Vec<&str> = head.split_whitespace().collect();
        match words[0] {
            "audience" => results.push(predicates.expr(&Parser::new(text).or())),
            "offer" => {
                let rule = Parser::new(text).or();
                results.push(predicates.offer(offers, words[6].parse().unwrap(), &rule));
                offers += 1;
            }
            "branch" => branches.push(Parser::new(text).or()),
            _ => {}
        }
    }
    assert_eq!((results.len(), branches.len()), (50, 9));
    let blocks = vec![Block {
        insts: predicates.insts,
        term: Term::Return(results),
    }];
    let first = function(vec![Ty::Bool; 50], predicates.regs, blocks);
    Program {
        functions: vec![first, branch(shape, &branches)],
        ..Program::default()
    }
}

/// The first rule that holds, or 9.
fn branch(shape: &Shape, rules: &[Expr]) -> Function {
    let mut emitter = Emitter::new(shape);
    let mut blocks = Vec::new();
    for (rule, number) in rules.iter().zip(0u32..) {
        emitter.seen.clear();
        let cond = emitter.expr(rule);
        let insts = std::mem::take(&mut emitter.insts);
        // The last one goes to the default, which stands behind all answers.
        let otherwise = BlockId(if number == 8 { 18 } else { number + 1 });
        let then = BlockId(9 + number);
        blocks.push(Block {
            insts,
            term: Term::Branch {
                cond,
                then,
                otherwise,
            },
        });
    }
    for value in 0..10 {
        let dst = emitter.reg(Ty::Int);
        let insts = vec![Inst::ConstInt { dst, value }];
        blocks.push(Block {
            insts,
            term: Term::Return(vec![dst]),
        });
    }
    function(vec![Ty::Int], emitter.regs, blocks)
}

fn function(results: Vec<Ty>, regs: Vec<Ty>, blocks: Vec<Block>) -> Function {
    Function {
        name: "rules".to_owned(),
        params: Vec::new(),
        results,
        regs,
        blocks,
    }
}
