// An error boundary that shows the unformatted text of a piece that cannot be formatted.

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
