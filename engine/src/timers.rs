//! Timers: only which one is due when. Their callbacks are kept in JavaScript.

use std::collections::{BTreeSet, HashMap};
use std::time::{Duration, Instant};

struct Timer {
    due: Instant,
    is_ref: bool,
}

/// All that are set.
#[derive(Default)]
pub struct Timers {
    by_id: HashMap<u32, Timer>,
    order: BTreeSet<(Instant, u32)>,
}

impl Timers {
    /// Sets a timer, or sets it anew.
    pub fn set(&mut self, id: u32, delay_ms: f64) {
        let is_ref = self.by_id.get(&id).is_none_or(|timer| timer.is_ref);
        self.clear(id);
        let due = Instant::now() + Duration::from_secs_f64(delay_ms / 1000.0);
        self.by_id.insert(id, Timer { due, is_ref });
        self.order.insert((due, id));
    }

    pub fn clear(&mut self, id: u32) {
        if let Some(Timer { due, .. }) = self.by_id.remove(&id) {
            self.order.remove(&(due, id));
        }
    }

    /// Whether it keeps the event loop alive.
    pub fn set_ref(&mut self, id: u32, is_ref: bool) {
        if let Some(timer) = self.by_id.get_mut(&id) {
            timer.is_ref = is_ref;
        }
    }

    pub fn is_alive(&self) -> bool {
        self.by_id.values().any(|timer| timer.is_ref)
    }

    /// How long nothing is due; `None` without timers.
    pub fn wait(&self) -> Option<Duration> {
        self.order.first().map(|(due, _)| due.saturating_duration_since(Instant::now()))
    }

    /// Takes the next one that was due at `now`.
    pub fn pop(&mut self, now: Instant) -> Option<u32> {
        let (due, id) = *self.order.first()?;
        if due > now {
            return None;
        }
        self.clear(id);
        Some(id)
    }
}
