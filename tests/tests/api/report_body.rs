//! Bodies: their size, their encoding, their type.

use e2e::value::{report, text};
use e2e::{Answer, Client, Server, Stack, on_both_stacks};
use flate2::Compression;
use flate2::write::{DeflateEncoder, GzEncoder, ZlibEncoder};
use serde_json::json;
use std::io::Write;
use std::time::{Duration, Instant};

on_both_stacks! {
    one_mebibyte_fits_and_one_byte_more_does_not,
    every_encoding_is_read,
    the_limit_holds_after_decompression,
    decompression_bombs_are_refused_in_bounded_memory,
    broken_compression_is_refused,
    unknown_encodings_are_refused,
    other_content_types_are_refused,
    a_body_without_a_length_is_bounded_too,
}

const LIMIT: usize = 1 << 20;

/// A report of exactly this many bytes.
fn report_of(bytes: usize) -> String {
    let frame = r#"{"message":"m","source":"s","stack_trace":""}"#;
    let padding = "a".repeat(bytes - frame.len());
    frame.replace(r#""""#, &format!("\"{padding}\""))
}

async fn send(client: &Client, encoding: &str, body: Vec<u8>) -> Answer {
    let request = client
        .posting("/api/errors", body)
        .header("Content-Encoding", encoding);
    Answer::to(request).await
}

fn gzip(body: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(body).unwrap();
    encoder.finish().unwrap()
}

fn zlib(body: &[u8]) -> Vec<u8> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(body).unwrap();
    encoder.finish().unwrap()
}

fn brotli(body: &[u8]) -> Vec<u8> {
    let mut compressed = Vec::new();
    {
        let mut writer = brotli::CompressorWriter::new(&mut compressed, 4_096, 1, 20);
        writer.write_all(body).unwrap();
    }
    compressed
}

fn zstd(body: &[u8]) -> Vec<u8> {
    zstd::encode_all(body, 1).unwrap()
}

async fn one_mebibyte_fits_and_one_byte_more_does_not(stack: Stack) {
    let server = Server::start(stack).await;
    let data = server
        .post_bytes("/api/errors", report_of(LIMIT))
        .await
        .data(201);
    let kept = server
        .data(&format!("/api/errors/{}", text(&data["id"])))
        .await;
    assert_eq!(kept["stack_trace"], data["stack_trace"]);
    assert!(text(&kept["stack_trace"]).len() > LIMIT - 100);

    let answer = server.post_bytes("/api/errors", report_of(LIMIT + 1)).await;
    answer.refusal(413, "payload_too_large");
    let answer = server
        .post_bytes("/api/errors/bulk", report_of(LIMIT + 1))
        .await;
    answer.refusal(413, "payload_too_large");
    let answer = server
        .post_bytes("/api/errors", vec![b' '; 10 * LIMIT])
        .await;
    answer.refusal(413, "payload_too_large");
    assert_eq!(server.errors("").await[0]["count"], 1);
}

async fn every_encoding_is_read(stack: Stack) {
    let server = Server::start(stack).await;
    let body = json!({ "message": "compressed", "source": "s", "context": { "ü": [1, 2] } });
    let bytes = body.to_string().into_bytes();
    let mut raw_deflate = DeflateEncoder::new(Vec::new(), Compression::best());
    raw_deflate.write_all(&bytes).unwrap();
    let two_members = [gzip(&bytes[..10]), gzip(&bytes[10..])].concat();
    for (encoding, body) in [
        ("gzip", gzip(&bytes)),
        ("GZip", gzip(&bytes)),
        ("x-gzip", gzip(&bytes)),
        ("gzip", two_members),
        ("deflate", zlib(&bytes)),
        ("deflate", raw_deflate.finish().unwrap()),
        ("br", brotli(&bytes)),
        ("zstd", zstd(&bytes)),
        ("identity", bytes.clone()),
    ] {
        let answer = send(&server, encoding, body).await;
        let data = answer.data(201);
        assert_eq!(data["message"], "compressed", "{encoding}");
        assert_eq!(data["context"], json!({ "ü": [1, 2] }), "{encoding}");
    }
    let batch = json!([report("one"), report("one")]).to_string();
    let request = server
        .posting("/api/errors/batch", gzip(batch.as_bytes()))
        .header("Content-Encoding", "gzip");
    assert_eq!(
        Answer::to(request)
            .await
            .data(201)
            .as_array()
            .unwrap()
            .len(),
        2
    );
}

async fn the_limit_holds_after_decompression(stack: Stack) {
    let server = Server::start(stack).await;
    let (fits, exceeds) = (
        report_of(LIMIT).into_bytes(),
        report_of(LIMIT + 1).into_bytes(),
    );
    for (encoding, compress) in [
        ("gzip", gzip as fn(&[u8]) -> Vec<u8>),
        ("deflate", zlib),
        ("br", brotli),
        ("zstd", zstd),
    ] {
        send(&server, encoding, compress(&fits)).await.data(201);
        let answer = send(&server, encoding, compress(&exceeds)).await;
        answer.refusal(413, "payload_too_large");
    }
}

/// A gzip stream that unfolds to this many MiB of zeros: one block, flushed to a byte boundary, over and
/// over. Its end never comes.
fn gzip_bomb(mebibytes: usize) -> Vec<u8> {
    let header = [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 0xFF];
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(&vec![0; 1 << 20]).unwrap();
    encoder.flush().unwrap();
    let block = encoder.get_ref().clone();
    [header.as_slice(), &block.repeat(mebibytes)].concat()
}

/// A zstd frame of blocks that each repeat one byte 128 Ki times (RFC 8878, 3.1.1.2: type RLE), 4 bytes
/// each.
fn zstd_bomb(mebibytes: usize) -> Vec<u8> {
    let mut frame = vec![0x28, 0xB5, 0x2F, 0xFD, 0x00, 0x38];
    let blocks = mebibytes * 8;
    for number in 1..=blocks {
        let is_last = u32::from(number == blocks);
        let header = is_last | (1 << 1) | ((128 << 10) << 3);
        frame.extend_from_slice(&header.to_le_bytes()[..3]);
        frame.push(b' ');
    }
    frame
}

async fn decompression_bombs_are_refused_in_bounded_memory(stack: Stack) {
    let server = Server::start(stack).await;
    server.report(&report("warm")).await;
    let before = server.peak_memory_kib();
    let bombs = [
        ("gzip", gzip_bomb(900)),
        ("gzip", gzip_bomb(8)),
        ("deflate", gzip_bomb(900).split_off(10)),
        ("zstd", zstd_bomb(1_024)),
        ("br", brotli(&vec![0; 32 << 20])),
    ];
    for (encoding, bomb) in bombs {
        assert!(bomb.len() <= LIMIT, "{encoding}: {} bytes", bomb.len());
        let started = Instant::now();
        let answer = send(&server, encoding, bomb).await;
        answer.refusal(413, "payload_too_large");
        let elapsed = started.elapsed();
        assert!(elapsed < Duration::from_secs(10), "{encoding}: {elapsed:?}");
    }
    let grown = server.peak_memory_kib() - before;
    assert!(grown < 48 << 10, "memory grew by {grown} KiB");
    server.report(&report("warm")).await;
}

async fn broken_compression_is_refused(stack: Stack) {
    let server = Server::start(stack).await;
    let bytes = report("m").to_string().into_bytes();
    for (encoding, compressed) in [
        ("gzip", gzip(&bytes)),
        ("deflate", zlib(&bytes)),
        ("br", brotli(&bytes)),
        ("zstd", zstd(&bytes)),
    ] {
        let cut_off = compressed[..compressed.len() - 3].to_vec();
        let mut garbled = compressed.clone();
        for byte in &mut garbled[4..12] {
            *byte ^= 0xA5;
        }
        for body in [cut_off, garbled, bytes.clone(), Vec::new()] {
            let answer = send(&server, encoding, body).await;
            assert_eq!(answer.status, 400, "{encoding}: {}", answer.text());
            assert_eq!(answer.json()["status"], "error");
        }
    }
    let mut wrong_sum = gzip(&bytes);
    let at = wrong_sum.len() - 8;
    wrong_sum[at] ^= 1;
    send(&server, "gzip", wrong_sum)
        .await
        .refusal(400, "bad_request");
    assert_eq!(server.data("/api/errors").await["total"], 0);
}

async fn unknown_encodings_are_refused(stack: Stack) {
    let server = Server::start(stack).await;
    for encoding in [
        "compress",
        "lzma",
        "gzip, gzip",
        "gzip,br",
        "sdch",
        "*",
        "'; --",
    ] {
        let answer = send(&server, encoding, report("m").to_string().into_bytes()).await;
        answer.refusal(415, "unsupported_media_type");
    }
}

async fn other_content_types_are_refused(stack: Stack) {
    let server = Server::start(stack).await;
    for path in ["/api/errors", "/api/errors/batch", "/api/errors/bulk"] {
        for content_type in [
            "text/plain",
            "text/json",
            "application/x-www-form-urlencoded",
            "multipart/form-data; boundary=x",
            "application/xml",
            "application/jsonp",
            "json",
            "",
        ] {
            let request = server
                .request(reqwest::Method::POST, path)
                .header("Content-Type", content_type)
                .body(report("m").to_string());
            Answer::to(request)
                .await
                .refusal(415, "unsupported_media_type");
        }
        let without = server
            .request(reqwest::Method::POST, path)
            .body(report("m").to_string());
        Answer::to(without)
            .await
            .refusal(415, "unsupported_media_type");
    }
    for content_type in [
        "application/json; charset=utf-8",
        "Application/JSON",
        "application/problem+json",
    ] {
        let request = server
            .request(reqwest::Method::POST, "/api/errors")
            .header("Content-Type", content_type)
            .body(report("m").to_string());
        Answer::to(request).await.data(201);
    }
}

async fn a_body_without_a_length_is_bounded_too(stack: Stack) {
    let server = Server::start(stack).await;
    let head = "POST /api/errors HTTP/1.1\r\nHost: x\r\nX-API-Key: test-api-key\r\nConnection: close\r\n\
                Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n";
    let chunked = |body: &[u8]| {
        let mut request = head.as_bytes().to_vec();
        for chunk in body.chunks(10_000) {
            request.extend_from_slice(format!("{:x}\r\n", chunk.len()).as_bytes());
            request.extend_from_slice(chunk);
            request.extend_from_slice(b"\r\n");
        }
        request.extend_from_slice(b"0\r\n\r\n");
        request
    };
    for (bytes, status) in [(LIMIT, 201), (LIMIT + 1, 413), (4 * LIMIT, 413)] {
        let request = chunked(report_of(bytes).as_bytes());
        let answer = e2e::raw::exchange(server.address(), &request).await;
        assert_eq!(e2e::raw::status(&answer), status, "{bytes} bytes");
    }
}
