//! A replica's place among those that train together: burn's collective operations, in programs
//! that are built with them.

pub(super) use imp::Peer;

#[cfg(feature = "collective")]
mod imp {
    use std::marker::PhantomData;

    use burn::collective::{
        CollectiveConfig, PeerId, ReduceOperation, all_reduce, finish_collective, register,
        reset_collective,
    };
    use burn::tensor::backend::Backend;
    use burn::tensor::{Tensor, TensorPrimitive};

    /// One of several replicas; leaves when dropped.
    pub(in crate::train) struct Peer<B: Backend>(PeerId, PhantomData<B>);

    impl<B: Backend> Peer<B> {
        /// Peer `index` of `count`; waits for the others, who join in threads of their own.
        pub(in crate::train) fn join(index: usize, count: usize, device: &B::Device) -> Self {
            let config = CollectiveConfig::default().with_num_devices(count);
            let id = PeerId::from(index);
            register::<B>(id, device.clone(), config)
                .expect("each peer joins once, with the same settings");
            Self(id, PhantomData)
        }

        /// The sum of the gradients of all peers.
        pub(in crate::train) fn sum(&self, gradient: Tensor<B, 1>) -> Tensor<B, 1> {
            let own = gradient.into_primitive().tensor();
            let sum = all_reduce::<B>(self.0, own, ReduceOperation::Sum)
                .expect("all peers sum tensors of the same shape");
            Tensor::from_primitive(TensorPrimitive::Float(sum))
        }
    }

    impl<B: Backend> Drop for Peer<B> {
        fn drop(&mut self) {
            if std::thread::panicking() {
                // The others would wait for this one for ever.
                reset_collective::<B>();
            } else {
                // When the run is over nobody is left to tell.
                let _ = finish_collective::<B>(self.0);
            }
        }
    }
}

#[cfg(not(feature = "collective"))]
mod imp {
    use std::convert::Infallible;
    use std::marker::PhantomData;

    use burn::tensor::Tensor;
    use burn::tensor::backend::Backend;

    /// Nothing can be one: this program trains on one device.
    pub(in crate::train) struct Peer<B: Backend>(Infallible, PhantomData<B>);

    impl<B: Backend> Peer<B> {
        /// # Panics
        /// Always.
        pub(in crate::train) fn join(_: usize, count: usize, _: &B::Device) -> Self {
            panic!("{count} devices need a program built with the feature `collective`")
        }

        pub(in crate::train) fn sum(&self, _: Tensor<B, 1>) -> Tensor<B, 1> {
            match self.0 {}
        }
    }
}
