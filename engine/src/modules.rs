//! The modules of a bundle as bytecode, one after the other, each with its name and its bytes, and before both their number
//! (32 bits, little endian). The first one is evaluated; the others are read when something imports them.

use std::path::Path;

use rquickjs::loader::{ImportAttributes, Loader, Resolver};
use rquickjs::{CatchResultExt, Context, Ctx, Exception, Module, Result, Runtime, WriteOptions};

/// `import.meta.url` of each.
const URL: &str = "file:///var/task/bootstrap";
/// Where bytecode has its checksum. This one stands for none: an archive has its own, and here it takes a third of a
/// millisecond for each megabyte.
const CHECKSUM: std::ops::Range<usize> = 1..5;

/// What a payload holds.
#[derive(Clone)]
pub struct Modules(Vec<(&'static str, &'static [u8])>);

impl Modules {
    pub fn of(mut bytes: &'static [u8]) -> Self {
        let mut modules = Vec::new();
        while let (Some(name), Some(module)) = (take(&mut bytes), take(&mut bytes)) {
            modules.push((std::str::from_utf8(name).unwrap_or_default(), module));
        }
        Self(modules)
    }

    pub fn first<'js>(&self, ctx: &Ctx<'js>) -> Result<Module<'js>> {
        let name = self.0.first().map_or("", |(name, _)| name);
        self.find(ctx, name)
    }

    fn find<'js>(&self, ctx: &Ctx<'js>, name: &str) -> Result<Module<'js>> {
        let Some((_, bytecode)) = self.0.iter().find(|(each, _)| *each == name) else {
            return Err(Exception::throw_reference(ctx, &format!("could not load module '{name}'")));
        };
        // SAFETY: the builder wrote it with this engine's `compile`, and the payload's magic says so.
        let module = unsafe { Module::load(ctx.clone(), bytecode)? };
        with_url(module)
    }
}

/// The next piece of a payload.
fn take(bytes: &mut &'static [u8]) -> Option<&'static [u8]> {
    let (length, rest) = bytes.split_first_chunk()?;
    let (piece, rest) = rest.split_at_checked(usize::try_from(u32::from_le_bytes(*length)).ok()?)?;
    *bytes = rest;
    Some(piece)
}

pub fn with_url<'js>(module: Module<'js>) -> Result<Module<'js>> {
    module.meta()?.set("url", URL)?;
    Ok(module)
}

impl Loader for Modules {
    fn load<'js>(&mut self, ctx: &Ctx<'js>, name: &str, _: Option<ImportAttributes<'js>>) -> Result<Module<'js>> {
        self.find(ctx, name)
    }
}

/// They lie beside one another.
pub struct Neighbours;

impl Resolver for Neighbours {
    fn resolve<'js>(&mut self, _: &Ctx<'js>, _: &str, name: &str, _: Option<ImportAttributes<'js>>) -> Result<String> {
        Ok(name.strip_prefix("./").unwrap_or(name).into())
    }
}

/// In the place of modules that are imported: what they export matters only when modules are linked.
struct Empty;

impl Loader for Empty {
    fn load<'js>(&mut self, ctx: &Ctx<'js>, name: &str, _: Option<ImportAttributes<'js>>) -> Result<Module<'js>> {
        Module::declare(ctx.clone(), name, "")
    }
}

/// The same bytes on every machine: bytecode knows no architecture, only the order of bytes, which both platforms share.
///
/// `files` become modules of their names.
pub fn compile(files: &[&str], output: &str) -> std::result::Result<(), String> {
    let mut payload = Vec::new();
    for file in files {
        let source = std::fs::read(file).map_err(|error| format!("{file}: {error}"))?;
        let name = Path::new(file).file_name().unwrap_or_default().to_string_lossy();
        for piece in [name.as_bytes(), &to_bytecode(&name, source)?] {
            let length = u32::try_from(piece.len()).map_err(|_| format!("{file} is too large"))?;
            payload.extend_from_slice(&length.to_le_bytes());
            payload.extend_from_slice(piece);
        }
    }
    std::fs::write(output, payload).map_err(|error| format!("{output}: {error}"))
}

fn to_bytecode(name: &str, source: Vec<u8>) -> std::result::Result<Vec<u8>, String> {
    let runtime = Runtime::new().map_err(|error| error.to_string())?;
    runtime.set_loader(Neighbours, Empty);
    let context = Context::full(&runtime).map_err(|error| error.to_string())?;
    let mut bytecode = context.with(|ctx| {
        let options = WriteOptions { strip_source: true, ..WriteOptions::default() };
        let written = Module::declare(ctx.clone(), name, source).and_then(|module| module.write(options));
        written.catch(&ctx).map_err(|error| error.to_string())
    })?;
    if let Some(checksum) = bytecode.get_mut(CHECKSUM) {
        checksum.fill(0xff);
    }
    Ok(bytecode)
}
