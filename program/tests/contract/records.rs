//! Values to bytes and back, copies, compaction; damaged blocks are read without a failure.

use crate::python::Random;
use journey_program::ir::Repr;
use journey_program::layout::{Layouter, Probes, layouts, size_of};
use journey_program::plan::{FieldSlot, Layout};
use journey_program::record::{self, HeapSlot, Symbols, Types};
use journey_program::types::{Currency, EnumId, FieldDef, RecordDef, RecordId, Span, Type, Value};
use std::fmt::Write as _;

const EUR: Currency = Currency(*b"EUR");

fn field(name: &str, ty: Type) -> FieldDef {
    FieldDef {
        name: name.to_owned(),
        ty,
        default: None,
        pii: false,
    }
}

fn list(ty: Type) -> Type {
    Type::List(Box::new(ty))
}

struct World {
    records: Vec<RecordDef>,
    layouts: Vec<Layout>,
    symbols: Symbols,
}

impl World {
    fn types(&self) -> Types<'_> {
        Types {
            records: &self.records,
            layouts: &self.layouts,
            symbols: &self.symbols,
        }
    }
}

/// Record 0 has every type; 1 stands in it and in its lists.
/// The place of `tags` among the fields of the first record.
const TAGS: u32 = 16;

fn world() -> World {
    let texts = ["gold", "silver", "hi"].map(str::to_owned);
    let all = [
        ("flag", Type::Bool),
        ("count", Type::Int.optional()),
        ("score", Type::Number.optional()),
        ("paid", Type::Money(EUR)),
        ("name", Type::Text.optional()),
        ("at", Type::Time),
        ("day", Type::Date.optional()),
        ("clock", Type::Clock),
        ("rest", Type::Duration),
        ("span", Type::Span.optional()),
        ("zone", Type::Timezone.optional()),
        ("tier", Type::Enum(EnumId(0)).optional()),
        ("small", Type::IntIn(0, 255)),
        ("wide", Type::IntIn(0, 256).optional()),
        ("item", Type::Record(RecordId(1)).optional()),
        ("items", list(Type::Record(RecordId(1)))),
        ("tags", list(Type::Text)),
        ("grid", list(list(Type::Int))),
        ("maybe", list(Type::Text.optional())),
        ("bools", list(Type::Bool).optional()),
    ];
    let item = [
        ("sku", Type::Text),
        ("price", Type::Money(EUR).optional()),
        ("new", Type::Bool),
    ];
    let records = vec![
        RecordDef {
            name: "all".to_owned(),
            fields: all.into_iter().map(|(name, ty)| field(name, ty)).collect(),
        },
        RecordDef {
            name: "item".to_owned(),
            fields: item.into_iter().map(|(name, ty)| field(name, ty)).collect(),
        },
    ];
    let probes = Probes::from([((RecordId(0), TAGS), vec![1, 0])]);
    let layouts = layouts(&records, &probes);
    World {
        records,
        layouts,
        symbols: Symbols::of(&texts),
    }
}

fn text(random: &mut Random) -> Value {
    let texts = [
        "",
        "gold",
        "silver",
        "grüße",
        "a longer text, that no constant has",
    ];
    Value::Text(texts[usize::try_from(random.below(5)).unwrap()].to_owned())
}

fn value(random: &mut Random, world: &World, ty: &Type) -> Value {
    let word = random.next().cast_signed() >> random.below(60);
    match ty {
        Type::Optional(_) if random.below(3) == 0 => Value::Unknown,
        Type::Optional(inner) => value(random, world, inner),
        Type::Bool => Value::Bool(random.below(2) == 0),
        Type::Int => Value::Int(word),
        Type::IntIn(low, high) => Value::Int(low + word.rem_euclid(high - low + 1)),
        Type::Number | Type::NumberIn(..) => Value::Number(f64::from_bits(random.next() >> 2)),
        Type::Money(currency) => Value::Money(word, *currency),
        Type::Text => text(random),
        Type::Time => Value::Time(word),
        Type::Date => Value::Date(word),
        Type::Clock => Value::Clock(word),
        Type::Duration => Value::Duration(word),
        Type::Span => Value::Span(Span::unpack(word)),
        Type::Timezone => Value::Timezone("Asia/Tokyo".to_owned()),
        Type::Enum(id) | Type::Offer(id) => {
            Value::Enum(*id, u32::try_from(random.below(256)).unwrap())
        }
        Type::Record(id) => Value::Record(*id, values(random, world, *id)),
        Type::List(inner) => Value::List(
            (0..random.below(4))
                .map(|_| value(random, world, inner))
                .collect(),
        ),
        Type::Error => Value::Unknown,
    }
}

fn values(random: &mut Random, world: &World, id: RecordId) -> Vec<Value> {
    world.records[id.index()]
        .fields
        .iter()
        .map(|field| value(random, world, &field.ty))
        .collect()
}

#[test]
fn layouts_are_what_they_were() {
    let world = world();
    let mut text = String::new();
    for (record, layout) in world.records.iter().zip(&world.layouts) {
        writeln!(text, "{} {}", record.name, layout.size).unwrap();
        for (field, slot) in record.fields.iter().zip(&layout.fields) {
            writeln!(
                text,
                "  {} {} {:?} {:?}",
                field.name, slot.offset, slot.repr, slot.known
            )
            .unwrap();
        }
    }
    assert!(text.starts_with("all 232\n"), "{text}");
    assert!(
        text.ends_with(
            "item 40\n  sku 8 Text None\n  price 24 Int Some((0, 0))\n  new 32 Bool None\n"
        ),
        "{text}"
    );
    // No two fields share a byte, and none its bytes with a presence bit.
    let layout = &world.layouts[0];
    let mut taken = vec![false; usize::try_from(layout.size).unwrap()];
    for (field, slot) in world.records[0].fields.iter().zip(&layout.fields) {
        for at in slot.offset..slot.offset + size_of(&field.ty, &world.layouts) {
            let byte = &mut taken[usize::try_from(at).unwrap()];
            assert!(!std::mem::replace(byte, true), "{} at {at}", field.name);
        }
        assert!(slot.known.is_none_or(|(byte, bit)| byte < 8 && bit < 8));
    }
}

#[test]
fn records_within_themselves_end() {
    let inside = |id| field("x", Type::Record(RecordId(id)));
    let records: Vec<RecordDef> = (0..20_000)
        .map(|n| RecordDef {
            name: String::new(),
            fields: vec![inside((n + 1) % 20_000), inside(n)],
        })
        .collect();
    assert_eq!(layouts(&records, &Probes::new()).len(), 20_000);
    // Doubling sizes stop at the bound.
    let records: Vec<RecordDef> = (0..40)
        .map(|n| RecordDef {
            name: String::new(),
            fields: vec![inside(n + 1), inside(n + 1), field("n", Type::Int)],
        })
        .chain([RecordDef {
            name: String::new(),
            fields: vec![field("n", Type::Int)],
        }])
        .collect();
    assert!(layouts(&records, &Probes::new())[0].size >= journey_program::layout::SIZE_MAX);
}

#[test]
fn what_is_written_is_read() {
    let world = world();
    let types = world.types();
    let mut random = Random(1);
    for _ in 0..2_000 {
        let values = values(&mut random, &world, RecordId(0));
        let block = record::write(&types, RecordId(0), &values);
        assert_eq!(record::read(&types, &block, RecordId(0)), values);
        // Into another block, behind something else.
        let size = world.layouts[0].size;
        let mut other = record::write(&types, RecordId(1), &[Value::Text("x".to_owned())]);
        let at = 64;
        other.resize(usize::try_from(at + size).unwrap(), 0xee);
        record::copy_record(&types, &block, 0, RecordId(0), &mut other, at);
        assert_eq!(record::read_record(&types, &other, at, RecordId(0)), values);
    }
}

#[test]
fn fields_are_set_and_garbage_goes() {
    let world = world();
    let types = world.types();
    let mut random = Random(2);
    let mut values = values(&mut random, &world, RecordId(0));
    let mut block = record::write(&types, RecordId(0), &values);
    let heap: Vec<HeapSlot> = world.records[0]
        .fields
        .iter()
        .zip(&world.layouts[0].fields)
        .filter(|(_, slot)| matches!(slot.repr, Repr::Text | Repr::List | Repr::Ref))
        .map(|(field, slot)| HeapSlot {
            slot: slot.clone(),
            ty: field.ty.clone(),
        })
        .collect();
    let mut largest = 0;
    for _ in 0..5_000 {
        let place = usize::try_from(random.below(19)).unwrap();
        let ty = &world.records[0].fields[place].ty;
        let new = value(&mut random, &world, ty);
        record::set_field(
            &types,
            &mut block,
            0,
            &world.layouts[0].fields[place],
            ty,
            &new,
        );
        values[place] = new;
        assert_eq!(record::read(&types, &block, RecordId(0)), values);
        record::compact_if_wasteful(&types, &mut block, world.layouts[0].size, &heap);
        largest = largest.max(block.len());
    }
    assert!(largest < 4_000, "{largest}");
    assert_eq!(record::read(&types, &block, RecordId(0)), values);
    // Compacting is final: once more changes nothing.
    let once = record::compact(&types, &block, world.layouts[0].size, &heap);
    assert_eq!(
        record::compact(&types, &once, world.layouts[0].size, &heap),
        once
    );
}

#[test]
fn symbols_and_probes() {
    let world = world();
    let types = world.types();
    let slot = &world.layouts[0].fields[TAGS as usize];
    assert_eq!(slot.probes, [1, 0]);
    let mut block = record::write(&types, RecordId(0), &[]);
    let tags = |texts: &[&str]| {
        Value::List(
            texts
                .iter()
                .map(|text| Value::Text((*text).to_owned()))
                .collect(),
        )
    };
    for (texts, mask) in [
        (&["gold"][..], 2),
        (&["silver", "x"], 1),
        (&["silver", "gold"], 3),
        (&[], 0),
        (&["x"], 0),
    ] {
        let ty = &world.records[0].fields[TAGS as usize].ty;
        record::set_field(&types, &mut block, 0, slot, ty, &tags(texts));
        assert_eq!(record::list_mask(&block, slot.offset), mask);
        if let Some(first) = record::list_elem(&block, slot.offset, 0) {
            assert_eq!(record::text(&block, first), texts[0]);
            assert_eq!(record::symbol(&block, first), world.symbols.get(texts[0]));
        }
    }
    let constants = record::constants(&["gold".to_owned(), "silver".to_owned()]);
    assert_eq!(record::text(&constants, 16), "silver");
    assert_eq!(record::symbol(&constants, 16), 2);
    assert_eq!(world.symbols.get("nothing"), 0);
}

#[test]
fn slots_after_a_record() {
    let world = world();
    let mut layouter = Layouter::after(world.layouts[1].size);
    let known = layouter.bit();
    let slot = layouter.slot(&Type::Text.optional(), &world.layouts);
    let bytes = layouter.bytes(3, 1);
    let last = layouter.slot(&Type::Int, &world.layouts);
    assert_eq!(known, (40, 0));
    assert_eq!(
        slot,
        FieldSlot {
            offset: 48,
            repr: Repr::Text,
            known: Some((40, 1)),
            probes: vec![]
        }
    );
    assert_eq!((bytes, last.offset, layouter.finish()), (64, 72, 80));
}

#[test]
fn damaged_blocks_read_as_something() {
    let world = world();
    let types = world.types();
    let mut random = Random(3);
    for _ in 0..3_000 {
        let values = values(&mut random, &world, RecordId(0));
        let mut block = record::write(&types, RecordId(0), &values);
        for _ in 0..=random.below(8) {
            let at = usize::try_from(random.below(u64::try_from(block.len()).unwrap())).unwrap();
            block[at] = u8::try_from(random.below(256)).unwrap();
        }
        block.truncate(usize::try_from(random.below(2 * 232)).unwrap());
        let read = record::read(&types, &block, RecordId(0));
        assert_eq!(read.len(), values.len());
        let mut other = vec![0; 232];
        record::copy_record(&types, &block, 0, RecordId(0), &mut other, 0);
        for field in &world.layouts[0].fields {
            record::set_text(&types, &mut block, field.offset, "x");
            record::list_elem(&block, field.offset, 3);
        }
    }
}
