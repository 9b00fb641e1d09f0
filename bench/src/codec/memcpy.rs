//! What everything is a multiple of: one `memcpy` of the payload, and the payload summed on top.

/// Copies the payload.
pub fn copy(payload: &[u8], buffer: &mut Vec<u8>) {
    buffer.resize(payload.len(), 0);
    buffer.copy_from_slice(payload);
}

/// Copies the payload and then sums it, in a second pass over all of it.
pub fn encode_crc32(payload: &[u8], buffer: &mut Vec<u8>) {
    copy(payload, buffer);
    buffer.extend_from_slice(&crc32fast::hash(payload).to_le_bytes());
}

/// Checks the sum and copies the payload back.
pub fn decode_crc32(bytes: &[u8], buffer: &mut Vec<u8>) {
    let (payload, sum) = bytes.split_last_chunk().expect("a sum");
    assert_eq!(crc32fast::hash(payload), u32::from_le_bytes(*sum), "intact");
    copy(payload, buffer);
}
