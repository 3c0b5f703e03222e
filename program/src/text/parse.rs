//! The text form read back: words of a line at a time. What is wrong is said with its line.

use super::{CMPS, INT_OPS, NUM_OPS, REPRS, SPACES, TYPES};
use crate::host::HostOp;
use crate::ir::{Block, BlockId, FaultCode, Function, Inst, Place, Reg, Term, Ty};
use crate::types::{SiteId, TextId};
use std::fmt;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParseError {
    /// from 1
    pub line: usize,
    pub what: String,
}

impl fmt::Display for ParseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}: {}", self.line, self.what)
    }
}

impl std::error::Error for ParseError {}

/// One function.
pub fn parse_function(text: &str) -> Result<Function, ParseError> {
    let mut functions = parse_functions(text)?;
    match (functions.pop(), functions.is_empty()) {
        (Some(function), true) => Ok(function),
        _ => Err(ParseError {
            line: 1,
            what: "one function is due".to_owned(),
        }),
    }
}

/// Functions one after another.
pub fn parse_functions(text: &str) -> Result<Vec<Function>, ParseError> {
    let mut functions = Vec::new();
    let mut open: Option<Open> = None;
    for (number, line) in text.lines().enumerate() {
        let content = line.split(';').next().unwrap_or("").trim();
        if content.is_empty() {
            continue;
        }
        let place = |what: String| ParseError {
            line: number + 1,
            what,
        };
        match open.take() {
            None => open = Some(header(content).map_err(place)?),
            Some(function) if content == "end" => functions.push(function.close().map_err(place)?),
            Some(mut function) => {
                function.line(content).map_err(place)?;
                open = Some(function);
            }
        }
    }
    match open {
        Some(_) => Err(ParseError {
            line: text.lines().count(),
            what: "`end` is missing".to_owned(),
        }),
        None => Ok(functions),
    }
}

pub(super) type Parsed<T> = Result<T, String>;

/// A function being read.
struct Open {
    function: Function,
    /// the block being read, until its terminator
    insts: Option<Vec<Inst>>,
}

/// `function NAME(PARAMS) -> RESULTS`
fn header(line: &str) -> Parsed<Open> {
    let parts = line.strip_prefix("function ").and_then(|rest| {
        let (signature, results) = rest.split_once(") ->")?;
        let (name, params) = signature.split_once('(')?;
        Some((name, params, results))
    });
    let Some((name, params, results)) = parts else {
        return Err("`function NAME(TYPES) -> TYPES` is due".to_owned());
    };
    let function = Function {
        name: name.to_owned(),
        params: types(params)?,
        results: types(results)?,
        regs: Vec::new(),
        blocks: Vec::new(),
    };
    Ok(Open {
        function,
        insts: None,
    })
}

fn types(words: &str) -> Parsed<Vec<Ty>> {
    words
        .split_whitespace()
        .map(|word| look_up(&TYPES, word))
        .collect()
}

pub(super) fn look_up<T: Copy>(table: &[(&str, T)], word: &str) -> Parsed<T> {
    let found = table
        .iter()
        .find(|(name, _)| *name == word)
        .map(|(_, value)| *value);
    found.ok_or_else(|| format!("`{word}` is not known here"))
}

impl Open {
    fn line(&mut self, line: &str) -> Parsed<()> {
        if let Some(regs) = line.strip_prefix("regs") {
            self.function.regs = types(regs)?;
            return Ok(());
        }
        if let Some(label) = line.strip_suffix(':') {
            let due = format!("b{}", self.function.blocks.len());
            if label != due || self.insts.is_some() {
                return Err(format!(
                    "`{due}:` is due, after the end of the block before"
                ));
            }
            self.insts = Some(Vec::new());
            return Ok(());
        }
        let Some(mut insts) = self.insts.take() else {
            return Err("a block's label is due".to_owned());
        };
        let mut words = Words {
            rest: line.split_whitespace().collect(),
            at: 0,
        };
        if let Some(term) = words.term()? {
            self.function.blocks.push(Block { insts, term });
        } else {
            insts.push(words.inst()?);
            self.insts = Some(insts);
        }
        words.end()
    }

    fn close(self) -> Parsed<Function> {
        match self.insts {
            Some(_) => Err("the last block has no end".to_owned()),
            None => Ok(self.function),
        }
    }
}

/// The words of a line, one after another.
pub(super) struct Words<'a> {
    rest: Vec<&'a str>,
    at: usize,
}

impl<'a> Words<'a> {
    pub(super) fn peek(&self) -> Option<&'a str> {
        self.rest.get(self.at).copied()
    }

    pub(super) fn next(&mut self) -> Parsed<&'a str> {
        let word = self.peek().ok_or("the line ends too early")?;
        self.at += 1;
        Ok(word)
    }

    fn end(&self) -> Parsed<()> {
        self.peek()
            .map_or(Ok(()), |word| Err(format!("`{word}` is too much")))
    }

    pub(super) fn number<T: std::str::FromStr>(word: &str) -> Parsed<T> {
        word.parse()
            .map_err(|_| format!("`{word}` is no number here"))
    }

    fn prefixed(&mut self, prefix: &str) -> Parsed<u32> {
        let word = self.next()?;
        let number = word
            .strip_prefix(prefix)
            .ok_or_else(|| format!("`{prefix}…` is due"))?;
        Self::number(number)
    }

    pub(super) fn reg(&mut self) -> Parsed<Reg> {
        self.prefixed("r").map(Reg)
    }

    fn site(&mut self) -> Parsed<SiteId> {
        self.prefixed("@").map(SiteId)
    }

    fn block(&mut self) -> Parsed<BlockId> {
        self.prefixed("b").map(BlockId)
    }

    pub(super) fn hex(word: &str) -> Parsed<u64> {
        let digits = word
            .strip_prefix("0x")
            .ok_or_else(|| format!("`{word}` is not 0x…"))?;
        u64::from_str_radix(digits, 16).map_err(|_| format!("`{word}` is not 0x…"))
    }

    pub(super) fn place(&mut self) -> Parsed<Place> {
        let word = self.next()?;
        let inner = word
            .strip_prefix('[')
            .and_then(|word| word.strip_suffix(']'));
        let wrong = || format!("`{word}` is no place");
        let (base, offset) = inner.unwrap_or(word).split_once('+').ok_or_else(wrong)?;
        let offset = Self::number(offset)?;
        if inner.is_some() {
            let base = Reg(Self::number(base.strip_prefix('r').ok_or_else(wrong)?)?);
            return Ok(Place::In { base, offset });
        }
        Ok(Place::At {
            space: look_up(&SPACES, base)?,
            offset,
        })
    }

    fn term(&mut self) -> Parsed<Option<Term>> {
        let Some(word) = self.peek() else {
            return Ok(None);
        };
        if !["jump", "branch", "switch", "return", "fault"].contains(&word) {
            return Ok(None);
        }
        self.at += 1;
        Ok(Some(match word {
            "jump" => Term::Jump(self.block()?),
            "branch" => Term::Branch {
                cond: self.reg()?,
                then: self.block()?,
                otherwise: self.block()?,
            },
            "switch" => {
                let value = self.reg()?;
                let mut targets = Vec::new();
                while self.peek() != Some("else") {
                    targets.push(self.block()?);
                }
                self.at += 1;
                Term::Switch {
                    value,
                    targets,
                    otherwise: self.block()?,
                }
            }
            "return" => {
                let mut regs = Vec::new();
                while self.peek().is_some() {
                    regs.push(self.reg()?);
                }
                Term::Return(regs)
            }
            _ => {
                let name = self.next()?;
                let code = FaultCode::ALL.into_iter().find(|code| code.name() == name);
                let code = code.ok_or_else(|| format!("there is no fault `{name}`"))?;
                Term::Fault {
                    code,
                    site: self.site()?,
                }
            }
        }))
    }

    fn inst(&mut self) -> Parsed<Inst> {
        let first = self.next()?;
        match first {
            "store" => {
                let place = self.place()?;
                let repr = look_up(&REPRS, self.next()?)?;
                Ok(Inst::Store {
                    place,
                    repr,
                    src: self.reg()?,
                })
            }
            "storebit" => {
                let place = self.place()?;
                let bit = Self::number(self.next()?)?;
                Ok(Inst::StoreBit {
                    place,
                    bit,
                    src: self.reg()?,
                })
            }
            "fuel" => Ok(Inst::Fuel { site: self.site()? }),
            "call" => self.call(None),
            _ => {
                let reg = first
                    .split_once(':')
                    .and_then(|(reg, _)| reg.strip_prefix('r'));
                let reg = reg.ok_or_else(|| format!("`{first}` begins no instruction"))?;
                let dst = Reg(Self::number(reg)?);
                match self.next()? {
                    "=" => self.value(dst),
                    other => Err(format!("`=` is due, not `{other}`")),
                }
            }
        }
    }

    fn call(&mut self, dst: Option<Reg>) -> Parsed<Inst> {
        let name = self.next()?;
        let op = HostOp::ALL.iter().find(|op| op.name() == name).copied();
        let op = op.ok_or_else(|| format!("there is no host operation `{name}`"))?;
        let mut args = Vec::new();
        while self.peek().is_some_and(|word| word.starts_with('r')) {
            args.push(self.reg()?);
        }
        Ok(Inst::Call {
            dst,
            op,
            args,
            site: self.site()?,
        })
    }

    /// What stands after `=`.
    fn value(&mut self, dst: Reg) -> Parsed<Inst> {
        let word = self.next()?;
        if let Some(inst) = self.word_op(dst, word)? {
            return Ok(inst);
        }
        Ok(match word {
            "const" => return self.constant(dst),
            "copy" => Inst::Copy {
                dst,
                src: self.reg()?,
            },
            "load" => {
                let place = self.place()?;
                Inst::Load {
                    dst,
                    place,
                    repr: look_up(&REPRS, self.next()?)?,
                }
            }
            "bit" => {
                let place = self.place()?;
                Inst::Bit {
                    dst,
                    place,
                    bit: Self::number(self.next()?)?,
                }
            }
            "symbol" => Inst::Symbol {
                dst,
                place: self.place()?,
            },
            "clock" => Inst::Clock { dst },
            "call" => return self.call(Some(dst)),
            "number" => Inst::IntToNum {
                dst,
                a: self.reg()?,
                site: self.site()?,
            },
            "in" => Inst::InMask {
                dst,
                a: self.reg()?,
                mask: Self::hex(self.next()?)?,
            },
            "and" => Inst::And {
                dst,
                a: self.reg()?,
                b: self.reg()?,
            },
            "or" => Inst::Or {
                dst,
                a: self.reg()?,
                b: self.reg()?,
            },
            "not" => Inst::Not {
                dst,
                a: self.reg()?,
            },
            "select" => Inst::Select {
                dst,
                cond: self.reg()?,
                a: self.reg()?,
                b: self.reg()?,
            },
            _ => match word.split_once('.') {
                Some(("int", op)) => return self.int(dst, op),
                Some(("num", op)) => return self.num(dst, op),
                _ => return Err(format!("`{word}` is no operation")),
            },
        })
    }

    fn constant(&mut self, dst: Reg) -> Parsed<Inst> {
        Ok(match self.next()? {
            "true" => Inst::ConstBool { dst, value: true },
            "false" => Inst::ConstBool { dst, value: false },
            "text" => Inst::ConstText {
                dst,
                text: TextId(Self::number(self.next()?)?),
            },
            "num" => {
                let word = self.next()?;
                let bits = if word.starts_with("0x") {
                    Self::hex(word)?
                } else {
                    Self::number::<f64>(word)?.to_bits()
                };
                Inst::ConstNum { dst, bits }
            }
            word => Inst::ConstInt {
                dst,
                value: Self::number(word)?,
            },
        })
    }

    fn int(&mut self, dst: Reg, op: &str) -> Parsed<Inst> {
        let a = self.reg()?;
        if let Ok(op) = look_up(&INT_OPS, op) {
            return Ok(Inst::Int {
                dst,
                op,
                a,
                b: self.reg()?,
                site: self.site()?,
            });
        }
        let op = look_up(&CMPS, op)?;
        if self.peek().is_some_and(|word| word.starts_with('r')) {
            return Ok(Inst::IntCmp {
                dst,
                op,
                a,
                b: self.reg()?,
            });
        }
        Ok(Inst::IntCmpConst {
            dst,
            op,
            a,
            value: Self::number(self.next()?)?,
        })
    }

    fn num(&mut self, dst: Reg, op: &str) -> Parsed<Inst> {
        let (a, b) = (self.reg()?, self.reg()?);
        if let Ok(op) = look_up(&NUM_OPS, op) {
            return Ok(Inst::Num {
                dst,
                op,
                a,
                b,
                site: self.site()?,
            });
        }
        Ok(Inst::NumCmp {
            dst,
            op: look_up(&CMPS, op)?,
            a,
            b,
        })
    }
}
