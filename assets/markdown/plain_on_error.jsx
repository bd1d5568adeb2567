// Text that cannot be formatted is shown as it was written. Part of the formatting is fetched when the first
// code block appears, and that fails while the connection is down.

import { Component } from "react";

/** @extends {Component<{ text: string, children: import("react").ReactNode }, { failed: boolean }>} */
export class PlainOnError extends Component {
  state = { failed: false };

  static getDerivedStateFromError() {
    return { failed: true };
  }

  render() {
    if (!this.state.failed) {
      return this.props.children;
    }
    return (
      <div dir="auto" className="whitespace-pre-wrap" data-testid="unformatted">
        {this.props.text}
      </div>
    );
  }
}
