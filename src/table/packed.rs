//! The decompression of a text that may not grow beyond measure.
//!
//! Knows gzip and zstd by their first bytes; does not know what is in the text.

use std::io::{self, BufReader, Read};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use flate2::bufread::MultiGzDecoder;

/// Bytes that a compressed file may always grow to.
const ALLOWED: u64 = 1 << 20;

/// Times its own size that a compressed file may grow to beyond that. Tables of molecules grow 4
/// to 20 times; gzip can reach 1,000.
const GROWTH: u64 = 200;

/// The first bytes of a gzip file.
const GZIP: &[u8] = &[0x1f, 0x8b];

/// The first bytes of a zstd file.
#[cfg(feature = "zstd")]
const ZSTD: &[u8] = &[0x28, 0xb5, 0x2f, 0xfd];

/// How a file is compressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Packing {
    Gzip,
    #[cfg(feature = "zstd")]
    Zstd,
}

impl Packing {
    /// The packing of a file that begins like this, if it has one.
    pub(super) fn of(start: &[u8]) -> Option<Self> {
        match start {
            start if start.starts_with(GZIP) => Some(Self::Gzip),
            #[cfg(feature = "zstd")]
            start if start.starts_with(ZSTD) => Some(Self::Zstd),
            _ => None,
        }
    }

    /// Its name.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Gzip => "gzip",
            #[cfg(feature = "zstd")]
            Self::Zstd => "zstd",
        }
    }

    /// The text of a compressed stream.
    #[cfg_attr(
        not(feature = "zstd"),
        expect(
            clippy::unnecessary_wraps,
            reason = "only the opening of a zstd stream can fail"
        )
    )]
    pub(super) fn open(self, stream: impl Read + 'static) -> io::Result<Box<dyn Read>> {
        let (stream, packed) = Counted::new(stream);
        // Small pieces, or much is read before the first is seen to grow.
        let stream = BufReader::with_capacity(1 << 12, stream);
        Ok(match self {
            Self::Gzip => Box::new(Growing {
                text: MultiGzDecoder::new(stream),
                packed,
                read: 0,
            }),
            #[cfg(feature = "zstd")]
            Self::Zstd => Box::new(Growing {
                text: zstd::stream::read::Decoder::with_buffer(stream)?,
                packed,
                read: 0,
            }),
        })
    }
}

/// Counts the bytes that go through it.
pub(super) struct Counted<R> {
    reader: R,
    count: Arc<AtomicU64>,
}

impl<R> Counted<R> {
    /// A reader, and the count of what was read from it.
    pub(super) fn new(reader: R) -> (Self, Arc<AtomicU64>) {
        let count = Arc::<AtomicU64>::default();
        let counted = Self {
            reader,
            count: Arc::clone(&count),
        };
        (counted, count)
    }
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        let read = self.reader.read(bytes)?;
        self.count.fetch_add(read as u64, Ordering::Relaxed);
        Ok(read)
    }
}

/// Decompressed text that may not grow beyond measure.
struct Growing<D> {
    text: D,
    packed: Arc<AtomicU64>,
    read: u64,
}

impl<D: Read> Read for Growing<D> {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        let read = self.text.read(bytes)?;
        self.read += read as u64;
        if self.read > ALLOWED && self.read / GROWTH > self.packed.load(Ordering::Relaxed) {
            let message = format!(
                "it grows to more than {GROWTH} times its size, as no file of molecules does; \
                 if it is one, decompress it first"
            );
            return Err(io::Error::other(message));
        }
        Ok(read)
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    /// Reads a hundred megabytes of one letter that `pack` has compressed.
    #[track_caller]
    fn check_refused(packing: Packing, pack: impl FnOnce(&[u8]) -> Vec<u8>) {
        let packed = pack(&vec![b'C'; 100 << 20]);
        assert_eq!(Packing::of(&packed), Some(packing));
        let mut text = packing.open(io::Cursor::new(packed)).unwrap();
        let error = io::copy(&mut text, &mut io::sink()).unwrap_err();
        assert!(error.to_string().contains("decompress it first"), "{error}");
    }

    #[test]
    fn a_file_that_grows_beyond_measure_is_refused() {
        check_refused(Packing::Gzip, |text| {
            let best = flate2::Compression::best();
            let mut file = flate2::write::GzEncoder::new(Vec::new(), best);
            file.write_all(text).unwrap();
            file.finish().unwrap()
        });
        #[cfg(feature = "zstd")]
        check_refused(Packing::Zstd, |text| zstd::encode_all(text, 3).unwrap());
    }
}
