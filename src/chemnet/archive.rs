//! One file out of a zip archive, such as a Python wheel: a reader for what it needs and no more.
//!
//! Only stored and deflated entries, no encryption, no zip64. Every offset is checked against the
//! archive's size and nothing is allocated beyond the size asked for. Format: APPNOTE 6.3.

use std::io::Read;

use flate2::read::DeflateDecoder;

/// Whether the bytes begin as a zip archive does.
pub(super) fn is_archive(bytes: &[u8]) -> bool {
    bytes.starts_with(b"PK\x03\x04")
}

/// The content of the first entry whose path ends in `name`, which must have exactly `size` bytes.
///
/// # Errors
/// A sentence when the archive is cut short, has no such entry, or one of another size or method.
pub(super) fn extract(archive: &[u8], name: &str, size: usize) -> Result<Vec<u8>, String> {
    let cut = || "the archive is cut short or damaged".to_owned();
    let mut at = directory(archive).ok_or_else(cut)?;
    while field(archive, at, 4) == Some(0x0201_4b50) {
        let number = |offset, width| field(archive, at + offset, width).ok_or_else(cut);
        let (method, packed, whole) = (number(10, 2)?, number(20, 4)?, number(24, 4)?);
        let (path, extra, comment) = (number(28, 2)?, number(30, 2)?, number(32, 2)?);
        let local = number(42, 4)?;
        let path = archive.get(at + 46..at + 46 + path).ok_or_else(cut)?;
        if path.ends_with(name.as_bytes()) {
            if whole != size {
                return Err(format!("`{name}` in it has {whole} bytes, not {size}"));
            }
            let names = |offset| field(archive, local + offset, 2).ok_or_else(cut);
            let start = local + 30 + names(26)? + names(28)?;
            let data = archive.get(start..start + packed).ok_or_else(cut)?;
            return match method {
                0 if data.len() == size => Ok(data.to_vec()),
                0 => Err(cut()),
                8 => inflate(data, size).ok_or_else(cut),
                other => Err(format!("`{name}` in it is compressed by method {other}")),
            };
        }
        at += 46 + path.len() + extra + comment;
    }
    Err(format!("it holds no `{name}`"))
}

/// A little-endian number of `width` bytes.
fn field(bytes: &[u8], at: usize, width: usize) -> Option<usize> {
    let bytes = bytes.get(at..at + width)?;
    Some(
        bytes
            .iter()
            .rev()
            .fold(0, |sum, byte| sum << 8 | usize::from(*byte)),
    )
}

/// Offset of the list of entries, from the record at the archive's end, before its comment.
fn directory(archive: &[u8]) -> Option<usize> {
    let last = archive.len().checked_sub(22)?;
    let record = (last.saturating_sub(65_535)..=last)
        .rev()
        .find(|&at| field(archive, at, 4) == Some(0x0605_4b50))?;
    field(archive, record + 16, 4)
}

/// At most `size` bytes, and exactly those.
fn inflate(data: &[u8], size: usize) -> Option<Vec<u8>> {
    let mut content = Vec::with_capacity(size);
    let mut decoder = DeflateDecoder::new(data).take(size as u64 + 1);
    decoder.read_to_end(&mut content).ok()?;
    (content.len() == size).then_some(content)
}

#[cfg(test)]
pub(super) mod tests {
    use std::io::Write;

    use flate2::Compression;
    use flate2::write::DeflateEncoder;

    use super::*;

    /// An archive of one entry; `claimed` is the size that its directory tells.
    pub(in crate::chemnet) fn archive(
        path: &str,
        content: &[u8],
        deflate: bool,
        claimed: usize,
    ) -> Vec<u8> {
        let data = if deflate {
            let mut encoder = DeflateEncoder::new(Vec::new(), Compression::default());
            encoder.write_all(content).unwrap();
            encoder.finish().unwrap()
        } else {
            content.to_vec()
        };
        let two = |x: usize| (x as u16).to_le_bytes();
        let four = |x: usize| (x as u32).to_le_bytes();
        let sizes = [four(0), four(data.len()), four(claimed)].concat();
        let common = [
            &[20, 0, 0, 0][..],
            &two(8 * usize::from(deflate)),
            &four(0),
            &sizes,
            &two(path.len()),
            &two(0),
        ]
        .concat();
        let local = [b"PK\x03\x04", &common[..], path.as_bytes(), &data].concat();
        let entry = [
            b"PK\x01\x02\x14\x00",
            &common[..],
            &[0; 14],
            path.as_bytes(),
        ]
        .concat();
        let end = [
            b"PK\x05\x06\0\0\0\0",
            &two(1)[..],
            &two(1),
            &four(entry.len()),
            &four(local.len()),
            &two(0),
        ]
        .concat();
        [local, entry, end].concat()
    }

    #[test]
    fn entries_are_found_stored_and_deflated() {
        let content = b"weights ".repeat(500);
        for deflate in [false, true] {
            let bytes = archive("package/file.pt", &content, deflate, content.len());
            assert!(is_archive(&bytes));
            assert_eq!(extract(&bytes, "file.pt", content.len()).unwrap(), content);
            // Comments at the end are skipped over.
            let mut commented = bytes.clone();
            commented.extend(b"a comment of the archive");
            assert!(extract(&commented, "file.pt", content.len()).is_ok());
        }
    }

    #[track_caller]
    fn check_refused(bytes: &[u8], size: usize, expected: &str) {
        let result = extract(bytes, "file.pt", size);
        assert!(
            result.is_err_and(|error| error.contains(expected)),
            "{expected}"
        );
    }

    #[test]
    fn damaged_archives_are_refused() {
        let content = b"weights ".repeat(500);
        let good = archive("file.pt", &content, true, content.len());
        for length in [0, 3, 21, 40, good.len() - 1] {
            check_refused(&good[..length], content.len(), "cut short");
        }
        check_refused(
            &archive("other", &content, true, 4_000),
            4_000,
            "holds no `file.pt`",
        );
        check_refused(&good, 4_001, "has 4000 bytes, not 4001");
        // More or less inside than the directory tells.
        check_refused(&archive("file.pt", &content, true, 3_999), 3_999, "damaged");
        check_refused(&archive("file.pt", &content, true, 4_001), 4_001, "damaged");
        check_refused(&archive("file.pt", &content, false, 99), 99, "damaged");
        let mut bent = good.clone();
        let directory = directory(&bent).unwrap();
        bent[directory + 42..directory + 46].fill(0xff);
        check_refused(&bent, content.len(), "cut short");
    }
}
