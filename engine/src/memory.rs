//! Memory for what a bundle builds up while it starts, taken from the system in one piece: asked for page by page, as it is
//! needed, it takes several times as long. Of the start of a client of the AWS SDK that is an eighth.

use std::alloc::{alloc, dealloc, realloc, Layout};
use std::ptr::{self, null_mut};

use rquickjs::allocator::Allocator;

use crate::pages;

/// In front of each block: the bytes that follow.
const HEADER_BYTES: usize = 8;
/// What an engine without a bundle takes.
const LEAST_BYTES: usize = 384 * 1024;
/// Of bytecode, in memory.
const GROWTH: usize = 4;
/// A bundle may also be large by what it carries and never looks at.
const MOST_BYTES: usize = 8 * 1024 * 1024;

/// Blocks come from that piece as long as it lasts, and then from Rust's allocator. Of the piece only the last block can be
/// given back, or grow: what a bundle builds up stays.
pub struct StartMemory {
    start: usize,
    next: usize,
    end: usize,
}

impl StartMemory {
    /// For a bundle of this size.
    pub fn for_bundle(bytes: usize) -> Self {
        let wanted = bytes.saturating_mul(GROWTH).saturating_add(LEAST_BYTES).min(MOST_BYTES);
        let (start, size) = pages::take(wanted).unwrap_or((0, 0));
        Self { start, next: start, end: start + size }
    }

    fn take(&mut self, bytes: usize) -> Option<*mut u8> {
        if self.end - self.next < bytes {
            return None;
        }
        let block = self.next as *mut u8;
        self.next += bytes;
        Some(block)
    }

    /// Whether nothing was taken since.
    unsafe fn is_last(&self, block: *mut u8) -> bool {
        block as usize + Self::usable_size(block) == self.next
    }

    fn holds(&self, block: *mut u8) -> bool {
        (self.start..self.end).contains(&(block as usize))
    }
}

fn layout(size: usize) -> Option<Layout> {
    Layout::from_size_align(size.checked_add(HEADER_BYTES)?, HEADER_BYTES).ok()
}

/// Rounded up, so that the next block is aligned.
fn round(size: usize) -> Option<usize> {
    size.checked_next_multiple_of(HEADER_BYTES)
}

/// SAFETY: `whole` is null or has room for the header and `size` bytes.
unsafe fn with_header(whole: *mut u8, size: usize) -> *mut u8 {
    if whole.is_null() {
        return whole;
    }
    whole.cast::<usize>().write(size);
    whole.add(HEADER_BYTES)
}

// SAFETY: blocks are aligned to eight bytes, do not overlap, and each has its size in front of it.
unsafe impl Allocator for StartMemory {
    fn alloc(&mut self, size: usize) -> *mut u8 {
        let Some((size, layout)) = round(size).and_then(|size| Some((size, layout(size)?))) else { return null_mut() };
        let whole = self.take(layout.size()).unwrap_or_else(|| unsafe { alloc(layout) });
        unsafe { with_header(whole, size) }
    }

    fn calloc(&mut self, count: usize, size: usize) -> *mut u8 {
        let Some(bytes) = count.checked_mul(size) else { return null_mut() };
        let block = self.alloc(bytes);
        if !block.is_null() {
            unsafe { ptr::write_bytes(block, 0, bytes) };
        }
        block
    }

    unsafe fn dealloc(&mut self, block: *mut u8) {
        if self.holds(block) {
            if self.is_last(block) {
                self.next = block as usize - HEADER_BYTES;
            }
            return;
        }
        if let Some(layout) = layout(Self::usable_size(block)) {
            dealloc(block.sub(HEADER_BYTES), layout);
        }
    }

    unsafe fn realloc(&mut self, block: *mut u8, new_size: usize) -> *mut u8 {
        let old_size = Self::usable_size(block);
        if self.holds(block) {
            if new_size <= old_size {
                return block;
            }
            if let Some(size) = round(new_size).filter(|size| self.is_last(block) && *size <= self.end - block as usize)
            {
                self.next = block as usize + size;
                return with_header(block.sub(HEADER_BYTES), size);
            }
            let moved = self.alloc(new_size);
            if !moved.is_null() {
                ptr::copy_nonoverlapping(block, moved, old_size);
            }
            return moved;
        }
        let Some((size, new)) = round(new_size).and_then(|size| Some((size, layout(size)?))) else { return null_mut() };
        let Some(old) = layout(old_size) else { return null_mut() };
        with_header(realloc(block.sub(HEADER_BYTES), old, new.size()), size)
    }

    unsafe fn usable_size(block: *mut u8) -> usize {
        block.sub(HEADER_BYTES).cast::<usize>().read()
    }
}
