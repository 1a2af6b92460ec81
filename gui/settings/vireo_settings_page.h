// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "tree_page.h"
#include "vireo_settings.h"

namespace gui {

/// A page of Vireo's settings. It shows them, edited ones among them, and puts what it edits into
/// settings that it is given.
class VireoSettingsPage : public TreePage {
    Q_OBJECT

  public:
    using TreePage::TreePage;

    /// `service`: what else is known of it; null while it can't be reached.
    void show(const VireoSettings& settings, const service::ServiceReply* service) {
        display([&] { load(settings, service); });
    }
    virtual void store(VireoSettings& settings) const = 0;
    /// Whether what this page edits is another in the two.
    [[nodiscard]] virtual bool differs(const VireoSettings& before,
                                       const VireoSettings& after) const = 0;

  protected:
    virtual void load(const VireoSettings& settings, const service::ServiceReply* service) = 0;
};

}  // namespace gui
