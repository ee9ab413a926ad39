//! The parts that a build can leave out. What only a part works with is held as that part's `If…<T>`: a `T` where the build has
//! it, and otherwise a type without values, so that the compiler leaves out all that would be done with them.

use std::ops::{Deref, DerefMut};

macro_rules! part {
    ($feature:literal, $name:ident) => {
        #[cfg(feature = $feature)]
        #[derive(Clone, Debug)]
        pub(crate) struct $name<T>(T);

        /// It has no size, or else the compiler would make room for it, and look whether it is there.
        #[cfg(not(feature = $feature))]
        #[derive(Clone, Debug)]
        pub(crate) struct $name<T>(std::convert::Infallible, std::marker::PhantomData<T>);

        impl<T> $name<T> {
            /// What is made, where the build has the part.
            pub(crate) fn new(make: impl FnOnce() -> T) -> Option<Self> {
                #[cfg(feature = $feature)]
                return Some($name(make()));
                #[cfg(not(feature = $feature))]
                {
                    let _ = make;
                    None
                }
            }
        }

        impl<T> Deref for $name<T> {
            type Target = T;

            #[inline(always)]
            fn deref(&self) -> &T {
                #[cfg(feature = $feature)]
                return &self.0;
                #[cfg(not(feature = $feature))]
                match self.0 {}
            }
        }

        impl<T> DerefMut for $name<T> {
            #[inline(always)]
            fn deref_mut(&mut self) -> &mut T {
                #[cfg(feature = $feature)]
                return &mut self.0;
                #[cfg(not(feature = $feature))]
                match self.0 {}
            }
        }
    };
}

part!("compact", IfCompact);
part!("geo", IfGeo);
part!("keys", IfKeys);
part!("sets", IfSets);
