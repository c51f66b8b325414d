/// Lines and points as an SVG picture. Absent (null) unless a program names dl_feature_plot.
#pragma once
#include "runtime/weights_file.h"

namespace dl::rt {

/// The tensors of a plot: "loss" is a line over 0, 1, ... (rank 1) or points [n, 2]; "loss\tx" and "loss\ty" together a
/// line; "kinds\tpoints" and "kinds\tclass" points in the colour of their class.
__attribute__((weak)) Status writePlot(const std::string &path, const std::vector<FileTensor> &tensors);

} // namespace dl::rt
