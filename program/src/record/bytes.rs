//! Checked access to the bytes of a block: outside of it everything reads as zero and nothing is written.

/// Bytes before a list's elements; the first four hold the stride.
const HEADER: u32 = 8;

fn range(at: u32, len: usize) -> Option<std::ops::Range<usize>> {
    let start = usize::try_from(at).ok()?;
    Some(start..start.checked_add(len)?)
}

fn slice(block: &[u8], at: u32, len: usize) -> Option<&[u8]> {
    block.get(range(at, len)?)
}

fn array<const N: usize>(block: &[u8], at: u32) -> [u8; N] {
    slice(block, at, N)
        .and_then(|bytes| bytes.try_into().ok())
        .unwrap_or([0; N])
}

/// Writes bytes over those at an offset; false if they are not all inside the block.
pub(super) fn overwrite(block: &mut [u8], at: u32, bytes: &[u8]) -> bool {
    match range(at, bytes.len()).and_then(|range| block.get_mut(range)) {
        Some(there) => {
            there.copy_from_slice(bytes);
            true
        }
        None => false,
    }
}

pub fn get_u8(block: &[u8], at: u32) -> u8 {
    u8::from_le_bytes(array(block, at))
}
pub fn get_u32(block: &[u8], at: u32) -> u32 {
    u32::from_le_bytes(array(block, at))
}
pub fn get_i64(block: &[u8], at: u32) -> i64 {
    i64::from_le_bytes(array(block, at))
}
pub fn get_f64(block: &[u8], at: u32) -> f64 {
    f64::from_le_bytes(array(block, at))
}
/// Bit `bit` (0 to 7) of the byte there.
pub fn get_bit(block: &[u8], at: u32, bit: u8) -> bool {
    (get_u8(block, at) >> (bit & 7)) & 1 == 1
}

pub fn put_u8(block: &mut [u8], at: u32, value: u8) {
    overwrite(block, at, &[value]);
}
pub fn put_u32(block: &mut [u8], at: u32, value: u32) {
    overwrite(block, at, &value.to_le_bytes());
}
pub fn put_i64(block: &mut [u8], at: u32, value: i64) {
    overwrite(block, at, &value.to_le_bytes());
}
pub fn put_f64(block: &mut [u8], at: u32, value: f64) {
    overwrite(block, at, &value.to_le_bytes());
}
pub fn put_bit(block: &mut [u8], at: u32, bit: u8, value: bool) {
    let mask = 1 << (bit & 7);
    let byte = get_u8(block, at);
    put_u8(block, at, if value { byte | mask } else { byte & !mask });
}

/// The bytes of the text whose slot is at `place`.
pub fn text_bytes(block: &[u8], place: u32) -> &[u8] {
    let len = usize::try_from(get_u32(block, place.saturating_add(4))).unwrap_or(0);
    slice(block, get_u32(block, place), len).unwrap_or(&[])
}

/// The text whose slot is at `place`; empty where its bytes are not UTF-8.
pub fn text(block: &[u8], place: u32) -> &str {
    std::str::from_utf8(text_bytes(block, place)).unwrap_or("")
}

/// The symbol of the text whose slot is at `place`: a constant's number + 1, or 0.
pub fn symbol(block: &[u8], place: u32) -> u32 {
    get_u32(block, place.saturating_add(8))
}

/// How many elements the list has whose slot is at `place`.
pub fn list_len(block: &[u8], place: u32) -> u32 {
    get_u32(block, place.saturating_add(4))
}

/// Which of its slot's probes are in the list.
pub fn list_mask(block: &[u8], place: u32) -> u64 {
    get_i64(block, place.saturating_add(8)).cast_unsigned()
}

/// Where an element of a list lies: the list's slot, the element's number.
pub fn list_elem(block: &[u8], place: u32, index: u32) -> Option<u32> {
    let first = get_u32(block, place);
    let stride = get_u32(block, first.checked_sub(HEADER)?);
    let at = first.checked_add(index.checked_mul(stride)?)?;
    let inside = slice(block, at, usize::try_from(stride).ok()?).is_some();
    (index < list_len(block, place) && stride > 0 && inside).then_some(at)
}

/// Adds bytes at the block's end, at a multiple of `align`. None: the block would be too large.
pub(super) fn append(block: &mut Vec<u8>, bytes: &[u8], align: usize) -> Option<u32> {
    let start = block.len().next_multiple_of(align);
    let offset = u32::try_from(start).ok()?;
    u32::try_from(start.checked_add(bytes.len())?).ok()?;
    block.resize(start, 0);
    block.extend_from_slice(bytes);
    Some(offset)
}

/// Adds room for elements, zeroed, with their header; gives the first element's offset.
pub(super) fn append_elements(block: &mut Vec<u8>, stride: u32, count: usize) -> Option<u32> {
    let start = block.len().next_multiple_of(8);
    let len = usize::try_from(stride).ok()?.checked_mul(count)?;
    let header = u32::try_from(start).ok()?;
    let first = header.checked_add(HEADER)?;
    let end = usize::try_from(first).ok()?.checked_add(len)?;
    u32::try_from(end).ok()?;
    block.resize(end, 0);
    put_u32(block, header, stride);
    Some(first)
}

/// Fills a text's slot; without an offset it becomes the empty text.
pub(super) fn put_slot(block: &mut [u8], place: u32, offset: Option<u32>, len: usize, symbol: u32) {
    let (offset, len, symbol) = match (offset, u32::try_from(len)) {
        (Some(offset), Ok(len)) => (offset, len, symbol),
        _ => (0, 0, 0),
    };
    put_u32(block, place, offset);
    put_u32(block, place.saturating_add(4), len);
    put_u32(block, place.saturating_add(8), symbol);
    put_u32(block, place.saturating_add(12), 0);
}

/// Fills a list's slot.
pub(super) fn put_slot_list(block: &mut [u8], place: u32, first: u32, count: u32, mask: u64) {
    put_u32(block, place, first);
    put_u32(block, place.saturating_add(4), count);
    put_i64(block, place.saturating_add(8), mask.cast_signed());
}
