//! Static files, embedded in the binary, named by their hash, so that browsers may keep them for ever.

use actix_web::{HttpResponse, Responder, http::header, web};
use rust_embed::RustEmbed;
use sha2::{Digest, Sha256};
use std::{collections::HashMap, sync::LazyLock};

#[derive(RustEmbed)]
#[folder = "static"]
struct Files;

struct File {
    bytes: Vec<u8>,
    mime: String,
}

/// (file name → address, name in the address → file)
static FILES: LazyLock<(HashMap<String, String>, HashMap<String, File>)> = LazyLock::new(|| {
    let (mut addresses, mut files) = (HashMap::new(), HashMap::new());
    for name in Files::iter() {
        let Some(file) = Files::get(&name) else { continue };
        let hash =
            data_encoding::HEXLOWER.encode(Sha256::digest(&file.data).first_chunk::<6>().map_or(&[][..], |six| six));
        let (stem, ending) = name.rsplit_once('.').unwrap_or((&name, ""));
        let hashed = format!("{stem}.{hash}.{ending}");
        let mime = mime_guess::from_path(name.as_ref()).first_or_octet_stream().to_string();
        addresses.insert(name.to_string(), format!("/static/{hashed}"));
        files.insert(hashed, File { bytes: file.data.into_owned(), mime });
    }
    (addresses, files)
});

/// The address of a file, with its hash.
pub fn address(name: &str) -> String {
    FILES.0.get(name).cloned().unwrap_or_default()
}

pub async fn get(name: web::Path<String>) -> impl Responder {
    match FILES.1.get(name.as_str()) {
        Some(file) => HttpResponse::Ok()
            .insert_header((header::CONTENT_TYPE, file.mime.as_str()))
            .insert_header((header::CACHE_CONTROL, "public, max-age=31536000, immutable"))
            .body(file.bytes.as_slice()),
        None => HttpResponse::NotFound().finish(),
    }
}
