//! The calls that are made for every event: text or bytes in, the same out; knows no policy. All that is unsafe about them is
//! here. They go by Node-API itself, since what checks and converts for others costs more than a whole event does.
#![expect(unsafe_code, reason = "Node-API is made of pointers")]

use crate::failure::thrown;
use crate::text::{Spelled, append_utf8, spell};
use napi::bindgen_prelude::{FromNapiValue, Unknown};
use napi::sys;
use napi::{Env, JsError};
use pumice::{At, Code, Error, Whose};
use std::cell::RefCell;
use std::ffi::c_void;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::ptr::{dangling_mut, null_mut, slice_from_raw_parts_mut};

/// What is done to one event.
pub(crate) type Work = Box<dyn Fn(&[u8], Whose<'_>, &mut Vec<u8>) -> napi::Result<()>>;

/// How much of the buffers stays for the next call.
const KEPT: usize = 1 << 20;

/// A call, with its buffers.
struct Call {
    work: Work,
    max_bytes: usize,
    buffers: RefCell<Buffers>,
}

#[derive(Default)]
struct Buffers {
    units: Vec<u16>,
    event: Vec<u8>,
    out: Vec<u8>,
}

type Arguments = [sys::napi_value; 4];
type Run = unsafe fn(sys::napi_env, &Call, &Arguments) -> napi::Result<sys::napi_value>;

/// A function of JavaScript: `(event: string, account?: string, subject?: string) => string`. A string with a lone surrogate
/// is `invalid_utf8`.
pub(crate) fn of_text(env: Env, work: Work, max_bytes: usize) -> napi::Result<Unknown<'static>> {
    make(env, work, max_bytes, Some(on_text))
}

/// A function of JavaScript: `(event: Uint8Array, account: string | undefined, subject: string | undefined, out: Uint8Array)
/// => number | Buffer`. What comes out is in `out`, that long, or is given back if it has no room there.
pub(crate) fn of_bytes(env: Env, work: Work, max_bytes: usize) -> napi::Result<Unknown<'static>> {
    make(env, work, max_bytes, Some(on_bytes))
}

fn make(
    env: Env,
    work: Work,
    max_bytes: usize,
    callback: sys::napi_callback,
) -> napi::Result<Unknown<'static>> {
    let call = Box::into_raw(Box::new(Call { work, max_bytes, buffers: RefCell::default() }));
    let mut function = null_mut();
    // SAFETY: the callback is given the call as its data, which lives until the function is collected, or for ever if there is
    // no function.
    unsafe {
        check(sys::napi_create_function(env.raw(), null_mut(), 0, callback, call.cast(), &mut function))?;
        check(sys::napi_add_finalizer(
            env.raw(),
            function,
            call.cast(),
            Some(collect),
            null_mut(),
            null_mut(),
        ))?;
        Unknown::from_napi_value(env.raw(), function)
    }
}

unsafe extern "C" fn collect(_: sys::napi_env, call: *mut c_void, _: *mut c_void) {
    // SAFETY: it was made by `make`, and its function is gone.
    drop(unsafe { Box::from_raw(call.cast::<Call>()) });
}

unsafe extern "C" fn on_text(env: sys::napi_env, info: sys::napi_callback_info) -> sys::napi_value {
    // SAFETY: Node calls it with an environment and a call's information.
    unsafe { run(env, info, text) }
}

unsafe extern "C" fn on_bytes(env: sys::napi_env, info: sys::napi_callback_info) -> sys::napi_value {
    // SAFETY: as above.
    unsafe { run(env, info, bytes) }
}

/// Runs a call with its arguments; whatever it answers with an error is thrown.
unsafe fn run(env: sys::napi_env, info: sys::napi_callback_info, run: Run) -> sys::napi_value {
    let run = || {
        let (mut arguments, mut count): (Arguments, _) = ([null_mut(); 4], 4);
        let mut call = null_mut();
        // SAFETY: there is room for as many arguments as are asked for. The data is what `make` gave, and lives while its function
        // runs.
        unsafe {
            check(sys::napi_get_cb_info(
                env,
                info,
                &mut count,
                arguments.as_mut_ptr(),
                null_mut(),
                &mut call,
            ))?;
            // To ask what they are takes longer than to see that they were not given.
            arguments.iter_mut().skip(count).for_each(|argument| *argument = null_mut());
            run(env, &*call.cast::<Call>(), &arguments)
        }
    };
    let result = catch_unwind(AssertUnwindSafe(run))
        .unwrap_or_else(|_| Err(napi::Error::from_reason("pumice failed within itself")));
    result.unwrap_or_else(|error| {
        // SAFETY: the environment is the one that called.
        unsafe { JsError::from(error).throw_into(env) };
        null_mut()
    })
}

unsafe fn text(
    env: sys::napi_env,
    call: &Call,
    [event, account, subject, _]: &Arguments,
) -> napi::Result<sys::napi_value> {
    let mut buffers = call.buffers.borrow_mut();
    let Buffers { units, event: utf8, out } = &mut *buffers;
    // SAFETY: these are values of the environment.
    let (account, subject) = unsafe { (name(env, *account)?, name(env, *subject)?) };
    let whose = Whose { account: account.as_deref(), subject: subject.as_deref() };
    unsafe { read(env, *event, call.max_bytes, units)? };
    utf8.clear();
    out.clear();
    if !append_utf8(units, utf8) {
        return Err(thrown(&Error::new(Code::InvalidUtf8)));
    }
    (call.work)(utf8, whose, out)?;
    let mut made = null_mut();
    // SAFETY: pointer and length are those of a slice. The event is read: its buffers are room for the spelling.
    unsafe {
        check(match spell(out, utf8, units) {
            Spelled::Latin1(text) => {
                sys::napi_create_string_latin1(env, text.as_ptr().cast(), text.len().cast_signed(), &mut made)
            }
            Spelled::Utf16(text) => {
                sys::napi_create_string_utf16(env, text.as_ptr(), text.len().cast_signed(), &mut made)
            }
        })?;
    }
    buffers.trim();
    Ok(made)
}

unsafe fn bytes(
    env: sys::napi_env,
    call: &Call,
    [event, account, subject, room]: &Arguments,
) -> napi::Result<sys::napi_value> {
    let mut buffers = call.buffers.borrow_mut();
    let out = &mut buffers.out;
    out.clear();
    // SAFETY: these are values of the environment, and the arrays are looked at while no JavaScript runs that could change or
    // detach them; one that other threads see is not given to it.
    unsafe {
        let (account, subject) = (name(env, *account)?, name(env, *subject)?);
        let whose = Whose { account: account.as_deref(), subject: subject.as_deref() };
        (call.work)(&*array(env, *event)?, whose, out)?;
        let mut made = null_mut();
        let room = &mut *array(env, *room)?;
        match room.get_mut(..out.len()) {
            Some(room) => {
                room.copy_from_slice(out);
                check(sys::napi_create_double(env, out.len() as f64, &mut made))?;
            }
            None => check(sys::napi_create_buffer_copy(
                env,
                out.len(),
                out.as_ptr().cast(),
                null_mut(),
                &mut made,
            ))?,
        }
        buffers.trim();
        Ok(made)
    }
}

impl Buffers {
    /// One large event shall not hold its memory for ever.
    fn trim(&mut self) {
        if self.out.capacity().max(self.event.capacity()).max(self.units.capacity()) > KEPT {
            *self = Buffers::default();
        }
    }
}

/// An account or subject, if there is one.
unsafe fn name(env: sys::napi_env, value: sys::napi_value) -> napi::Result<Option<String>> {
    if value.is_null() {
        return Ok(None);
    }
    // SAFETY: it is a value of the environment.
    unsafe { Option::<String>::from_napi_value(env, value) }
}

/// The bytes of an array. They are gone once JavaScript runs again.
unsafe fn array(env: sys::napi_env, value: sys::napi_value) -> napi::Result<*mut [u8]> {
    let (mut start, mut length) = (null_mut(), 0);
    // SAFETY: there is room for both.
    check(unsafe { sys::napi_get_buffer_info(env, value, &mut start, &mut length) })?;
    // An empty or detached one has no address.
    let start = if start.is_null() || length == 0 { dangling_mut() } else { start.cast::<u8>() };
    Ok(slice_from_raw_parts_mut(start, length))
}

/// Reads the units of a string. (Node's own way to UTF-8 puts a mark where a surrogate is alone, and is slower.)
unsafe fn read(
    env: sys::napi_env,
    value: sys::napi_value,
    max_bytes: usize,
    units: &mut Vec<u16>,
) -> napi::Result<()> {
    units.clear();
    units.reserve(1024);
    loop {
        let (room, mut length) = (units.capacity(), 0);
        // SAFETY: so much room there is; so much was written.
        unsafe {
            check(sys::napi_get_value_string_utf16(env, value, units.as_mut_ptr(), room, &mut length))?;
            units.set_len(length);
        }
        // One unit of the room is for the zero at the end.
        if length + 1 < room {
            return Ok(());
        }
        // SAFETY: without room it only says the length.
        unsafe { check(sys::napi_get_value_string_utf16(env, value, null_mut(), 0, &mut length))? };
        if length > max_bytes {
            return Err(thrown(&Error::new(Code::TooLarge).at_place(At::Offset(max_bytes))));
        }
        units.clear();
        units.reserve(length + 2);
    }
}

fn check(status: sys::napi_status) -> napi::Result<()> {
    match status {
        sys::Status::napi_ok => Ok(()),
        status => Err(napi::Error::new(napi::Status::from(status), "Node-API refused")),
    }
}
