// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QString>
#include <cstddef>

namespace gui {

/// How a curve of a graph is drawn.
enum class GraphShape : unsigned char {
    Line,
    /// A line with a light area under it.
    Area,
    /// An area on top of the stacked ones before it.
    Stacked,
};

/// What a graph has around its curves.
enum class GraphLook : unsigned char {
    /// A frame and nothing else; many of them side by side.
    Small,
    /// A frame, axes with labels, a legend.
    Framed,
    /// The same without frame, for large ones.
    Open,
};

/// A level across a graph: a reserve, a limit.
struct GraphLevel {
    enum class Tone : unsigned char { Good, Bad, Accent };

    double value = 0;
    QString text;
    Tone tone = Tone::Accent;
};

}  // namespace gui
