//! ELF notes, one after the other as they lie in a section.

/// Where the name of the record lies in a note of KSerial's: behind two lengths, the type, the owner, and
/// eight bytes of what the kernel does with it (docs/FORMAT.md).
const RECORD: std::ops::Range<usize> = 28..76;

/// The notes but those of a record of KSerial's. Nothing, if they cannot be told apart.
pub(crate) fn without(notes: &[u8], record: &str) -> Option<Vec<u8>> {
    let mut left = Vec::new();
    let mut rest = notes;
    while !rest.is_empty() {
        let word = |at: usize| Some(u32::from_le_bytes(*rest.get(at..)?.first_chunk()?) as usize);
        let length = 12 + word(0)?.next_multiple_of(4) + word(4)?.next_multiple_of(4);
        let (note, others) = rest.split_at_checked(length)?;
        rest = others;
        let owned = note.get(12..20) == Some(b"KSerial\0");
        let named = note.get(RECORD).and_then(|name| name.strip_prefix(record.as_bytes()));
        if !owned || named.is_none_or(|end| end.first() != Some(&0)) {
            left.extend_from_slice(note);
        }
    }
    Some(left)
}

#[cfg(test)]
mod tests {
    use super::without;

    fn note(owner: &[u8; 8], record: &str) -> Vec<u8> {
        let mut note = [8_u32, 56, 1].map(u32::to_le_bytes).concat();
        note.extend_from_slice(owner);
        note.extend_from_slice(&[0; 8]);
        note.extend_from_slice(record.as_bytes());
        note.resize(20 + 56, 0);
        note
    }

    #[test]
    fn the_notes_of_one_record_are_left_out_and_no_others() {
        let (memfd, folio) = (note(b"KSerial\0", "memfd"), note(b"KSerial\0", "memfd-folio"));
        let other = note(b"Xserial\0", "memfd");
        let all = [memfd.clone(), folio.clone(), other.clone()].concat();
        assert_eq!(without(&all, "memfd"), Some([folio, other.clone()].concat()));
        assert_eq!(without(&all, "memfd-folio"), Some([memfd, other].concat()));
        assert_eq!(without(&all, "mem"), Some(all.clone()));
        assert_eq!(without(&all[1..], "memfd"), None);
    }
}
