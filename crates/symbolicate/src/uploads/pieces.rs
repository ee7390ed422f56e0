//! Contents are stored compressed and in pieces.

use faultbook_domain::artifacts::PIECE;
use std::io::{self, Read, Write};
use tokio::sync::mpsc;

/// Compresses a file into pieces. Ends early when nobody takes them.
pub(super) fn compress(file: &mut dyn Read, pieces: mpsc::Sender<Vec<u8>>) -> io::Result<()> {
    let mut encoder = zstd::stream::write::Encoder::new(Pieces::of(pieces), 3)?;
    io::copy(file, &mut encoder)?;
    encoder.finish()?.finish()
}

/// Cuts what is written into pieces.
struct Pieces {
    piece: Vec<u8>,
    to: mpsc::Sender<Vec<u8>>,
}

impl Pieces {
    const fn of(to: mpsc::Sender<Vec<u8>>) -> Self {
        Self {
            piece: Vec::new(),
            to,
        }
    }

    fn send(&mut self) -> io::Result<()> {
        let piece = std::mem::take(&mut self.piece);
        let gone = |_| io::Error::other("nobody stores the pieces");
        self.to.blocking_send(piece).map_err(gone)
    }

    fn finish(mut self) -> io::Result<()> {
        if self.piece.is_empty() {
            Ok(())
        } else {
            self.send()
        }
    }
}

impl Write for Pieces {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let room = PIECE - self.piece.len();
        let taken = bytes.len().min(room);
        self.piece.extend_from_slice(&bytes[..taken]);
        if self.piece.len() == PIECE {
            self.send()?;
        }
        Ok(taken)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
